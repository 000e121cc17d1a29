/** Is every acknowledged job there exactly once, whenever the sidecar is killed? */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { closedPort, gatehouse, type Running, startGatehouse } from '../cli/gatehouse.ts'
import { type PracticeComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'
import { savedPicture } from '../support/graphs.ts'
import { createPerson, type Person, parseRecord, until } from '../support/person.ts'

let directory: string
let practice: PracticeComfyui
let sidecar: Running | undefined
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-kill-'))
  practice = await startPracticeComfyui()
})
afterEach(async () => {
  await sidecar?.[Symbol.asyncDispose]()
  await practice.close()
  rmSync(directory, { recursive: true, force: true })
})

async function enrol(name: string, address: string): Promise<Person> {
  const more = { env: { HOME: directory }, stdin: 'amber Lantern 4711' }
  const added = ['user', 'add', name, '--role', 'user', '--password-stdin', '--data', directory]
  expect(await gatehouse(added, more)).toMatchObject({ code: 0 })
  const { stdout } = await gatehouse(['token', 'create', '--user', name, '--data', directory], more)
  return createPerson({ name, address, key: stdout.trim() })
}

async function startOn(port: number): Promise<Running> {
  const config = join(directory, 'gatehouse.yaml')
  writeFileSync(config, 'limits: {key_prompts_per_minute: 100000, key_prompt_burst: 100000}\n')
  const flags = ['--config', config, '--data', directory, '--comfyui', practice.url, '--listen', `127.0.0.1:${port}`]
  sidecar = startGatehouse(['up', ...flags], { env: { HOME: directory } })
  await sidecar.says(/Gatehouse is at/)
  return sidecar
}

/** Sends it until it is acknowledged, always under one key, as inject.js does after a lost connection. */
async function submits(person: Person, mark: string, acknowledged: () => void): Promise<string> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': mark.padEnd(24, '-') }
  const body = JSON.stringify({ prompt: savedPicture(mark) })
  return until(async () => {
    const answer = await person.fetch('/prompt', { method: 'POST', headers, body }).catch(() => undefined)
    if (answer?.status !== 200) return undefined
    const reply = await answer.json().catch(() => undefined)
    if (reply === undefined) return undefined
    acknowledged()
    return String(parseRecord(reply).prompt_id)
  })
}

/** After so many acknowledged jobs of a round it dies, with others on their way. */
const deaths = [0, 1, 3, 7, 2, 5]
const perRound = 10

it('keeps every acknowledged job, once, through kill -9 in the middle of submissions', {
  timeout: 180_000,
}, async () => {
  const port = await closedPort()
  let running = await startOn(port)
  const people = await Promise.all(['alice', 'bob'].map((name) => enrol(name, `http://127.0.0.1:${port}`)))
  practice.hold()
  const promised = new Map<string, { readonly person: Person; readonly id: string }>()
  for (const [round, afterCount] of deaths.entries()) {
    const dying = Promise.withResolvers<void>()
    let count = 0
    const acknowledged = () => {
      count += 1
      if (count >= afterCount) dying.resolve()
    }
    if (afterCount === 0) dying.resolve()
    const sent = people.flatMap((person) =>
      Array.from({ length: perRound / 2 }, async (_, index) => {
        const mark = `${person.name}-${round}-${index}`
        promised.set(mark, { person, id: await submits(person, mark, acknowledged) })
      }),
    )
    await dying.promise
    running.process.kill('SIGKILL')
    await running.ended
    running = await startOn(port)
    await Promise.all(sent)
  }
  expect(promised.size).toBe(deaths.length * perRound)
  expect(new Set([...promised.values()].map(({ id }) => id)).size).toBe(promised.size)
  practice.release()
  for (const { person, id } of promised.values()) {
    const entry = await until(async () => (await person.json(`/history/${id}`))[id])
    expect(entry).toMatchObject({ status: { status_str: 'success' } })
  }
  for (const person of people) {
    const own = [...promised.values()].filter((job) => job.person === person).map(({ id }) => id)
    expect(Object.keys(await person.json('/history')).toSorted()).toEqual(own.toSorted())
    expect(await person.json('/queue')).toEqual({ queue_running: [], queue_pending: [] })
  }
  // What really ran: one picture each, and none of anything that nobody was promised.
  const pictures = readdirSync(join(practice.baseDirectory, 'output'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.png'))
    .map((name) => name.replace(/^.*[\\/]/, ''))
  expect(pictures.toSorted()).toEqual([...promised.keys()].map((mark) => `${mark}_00001_.png`).toSorted())
  running.process.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ code: 0 })
})
