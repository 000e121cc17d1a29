/**
 * What does the first tenant observe of a history? Runs it, with or without what the others do.
 *
 * Whose job the worker takes next differs with others there, and is no observation of the property: the worker is held
 * at the first node of every job, and before the first tenant looks, jobs of others run until one of the first tenant's
 * own is held, or none of them waits. What that gives away is when a job starts and who goes first: that is time and
 * position, of which tests/isolation/jobs.test.ts and queue/fair-queue.test.ts speak. Everything else that others do
 * happens while the watched jobs wait, run and end.
 */
import { type Actor, cast, isWatched, type Name } from './actor.ts'
import { type Canonical, createCanonical } from './canonical.ts'
import { farewell } from './deeds/farewell.ts'
import { createScene, type Deed } from './scene.ts'
import { advance, type Stage } from './stage.ts'
import { step } from './stepped-time.ts'

export interface Act {
  readonly who: Name
  readonly deed: Deed
}

export interface History {
  readonly names: readonly Name[]
  readonly acts: readonly Act[]
}

/** What was seen, and by which sentence of the story. */
export interface Observation {
  readonly when: string
  readonly saw: string
}

interface Raw {
  readonly when: string
  readonly show: (canonical: Canonical) => string
}

export async function observe(stage: Stage, history: History, withOthers: boolean): Promise<readonly Observation[]> {
  stage.practice.steps.forget()
  const actors = await stage.enrol(history.names)
  const raw: Raw[] = []
  const run = createRun(stage, actors, raw)
  for (const act of history.acts) if (withOthers || isWatched(act.who)) await run.act(act)
  for (const deed of farewell) await run.act({ who: 'alice', deed })
  await run.end()
  const canonical = createCanonical(knownNames(actors))
  return raw.map(({ when, show }) => ({ when, saw: show(canonical) }))
}

interface Run {
  act(act: Act): Promise<void>
  /** Lets everything run out, and closes every socket. */
  end(): Promise<void>
}

function createRun(stage: Stage, actors: ReadonlyMap<Name, Actor>, raw: Raw[]): Run {
  const { steps } = stage.practice
  const posters = new Map<string, Name>()
  const ids = new Map<string, string>()
  const isOwn = (id: string): boolean => isWatched(posters.get(id) ?? 'bob')
  const watched = [...actors.values()].filter(({ name }) => isWatched(name))
  const folders = [...actors.values()].map(({ name, folderKey }) => [folderKey, cast[name]] as const)
  const plain = (path: string): string =>
    folders.reduce((shown, [folderKey, tenant]) => shown.replaceAll(folderKey, tenant), path)
  const settle = async (who: Name): Promise<void> => {
    await stage.still()
    const { running, pending, finished } = steps.jobs()
    for (const id of [...running, ...pending, ...finished]) if (!posters.has(id)) posters.set(id, who)
    while (steps.jobs().pending.some(isOwn) && !steps.jobs().running.some(isOwn)) await advance(stage)
    if (step()) await stage.still()
  }
  const listen = async (when: string): Promise<void> => {
    for (const { name, sockets } of watched)
      for (const [index, socket] of sockets.entries()) {
        await socket.read()
        for (const frame of socket.take())
          raw.push({ when: `${when}: ${name}'s socket ${index + 1} hears`, show: shown(frame) })
      }
  }
  return {
    act: async ({ who, deed }) => {
      const me = actorOf(actors, who)
      const when = `${who} ${deed.says}`
      const foreign = actorOf(actors, isWatched(who) ? 'bob' : 'alice')
      const scene = createScene({
        ...{ stage, me, foreign, ids, posters },
        write: isWatched(who)
          ? (seen, about) => raw.push({ when, show: (canonical) => canonical.answer(seen, about) })
          : undefined,
      })
      stage.timeFiles(plain)
      await deed.does(scene)
      await settle(who)
      await listen(isWatched(who) ? when : 'meanwhile')
    },
    end: async () => {
      for (const { sockets } of actors.values()) for (const socket of sockets) await socket.close()
      while (steps.jobs().running.length > 0) await advance(stage)
      if (step()) await stage.still()
    },
  }
}

function shown(frame: string | Buffer): Raw['show'] {
  return (canonical) => (typeof frame === 'string' ? canonical.text(frame) : canonical.binary(frame))
}

function actorOf(actors: ReadonlyMap<Name, Actor>, name: Name): Actor {
  const actor = actors.get(name)
  if (actor === undefined) throw new Error(`${name} is not in this story`)
  return actor
}

function knownNames(actors: ReadonlyMap<Name, Actor>): ReadonlyMap<string, string> {
  return new Map(
    [...actors.values()].flatMap(({ name, userName, tenantName, key, keyId, folderKey }) => [
      [userName, `<${name}>`],
      [tenantName, `<${cast[name]}>`],
      [key, `<key of ${name}>`],
      [keyId, `<key id of ${name}>`],
      [folderKey, `<folder of ${cast[name]}>`],
    ]),
  )
}
