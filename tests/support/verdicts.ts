/** What does "isolated" mean? The one place: same status, headers and body as for something that never existed. */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Person } from './person.ts'
import type { World } from './world.ts'

/** Headers that differ between any two answers. */
const volatile: ReadonlySet<string> = new Set(['date'])

export interface Probe {
  readonly method?: string
  /** `{id}` stands for the thing asked about. */
  readonly path: string
  readonly body?: string
}

interface Seen {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Sends the probe about `thing` and about something that never existed, on `/x` and on `/api/x`, and expects the same
 * bytes; `unheardOf` must have the form of `thing`. ComfyUI hears of neither
 * outside the asker's own folder.
 */
export async function cannotTell(
  world: Pick<World, 'practice'>,
  person: Person,
  probe: Probe,
  thing: string,
  unheardOf: string,
): Promise<void> {
  for (const prefix of ['', '/api']) {
    const before = world.practice.requests.length
    const foreign = await look(person, probe, `${prefix}${probe.path}`, thing)
    const absent = await look(person, probe, `${prefix}${probe.path}`, unheardOf)
    expect(foreign, `${person.name} ${probe.method ?? 'GET'} ${prefix}${probe.path}`).toEqual(absent)
    const heard = world.practice.requests.slice(before).map(({ url, body }) => `${url} ${body.toString()}`)
    // A name may be asked for in the asker's own folder; an id has no folder and is never asked for.
    expect(heard.filter((text) => text.includes(thing) && !text.includes(person.folderKey))).toEqual([])
  }
}

async function look(person: Person, probe: Probe, path: string, thing: string): Promise<Seen> {
  const answer = await person.fetch(path.replaceAll('{id}', encodeURIComponent(thing)), {
    method: probe.method ?? 'GET',
    ...(probe.body === undefined
      ? {}
      : { body: probe.body.replaceAll('{id}', thing), headers: { 'content-type': 'application/json' } }),
  })
  const headers = [...answer.headers].filter(([name]) => !volatile.has(name))
  const body = await answer.text()
  // The id itself may be echoed: what is compared is everything else.
  return { status: answer.status, headers: Object.fromEntries(headers), body: body.replaceAll(thing, '<it>') }
}

/** An id that nobody ever had. */
export function unheardOfId(): string {
  return randomUUID()
}

/** Expects that no answer of these listings mentions any of the words. */
export async function findsNothingOf(
  person: Person,
  words: readonly string[],
  paths: readonly string[],
): Promise<void> {
  for (const path of paths) {
    for (const prefix of ['', '/api']) {
      const answer = await person.fetch(`${prefix}${path}`)
      const text = await answer.text()
      for (const word of words)
        expect(text.includes(word), `${person.name} finds ${word} in ${prefix}${path}`).toBe(false)
    }
  }
}
