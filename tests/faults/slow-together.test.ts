/** How much do slow readers hold together, when each holds less than would end it alone? */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Graph, Listener, Person } from '../support/person.ts'
import { until } from '../support/person.ts'
import { type OwnProcess, startOwnProcess } from './own-process.ts'

const timeout = 180_000
const megabyte = 1024 * 1024
/** More than the system keeps for a connection that is not read; one frame is never too much for one socket. */
const frameBytes = 24 * megabyte
const limitBytes = 40 * megabyte
const slowCount = 8
/** Each runs: none comes out of the cache. */
const prompt = (source: string): Graph => ({ '1': { class_type: 'PreviewAny', inputs: { source } } })

let world: OwnProcess
beforeAll(async () => {
  world = await startOwnProcess(`  socket_backlog: ${limitBytes / megabyte}MB\n`)
}, timeout)
afterAll(() => world[Symbol.asyncDispose]())

/** Queues a job whose one event has so many bytes, and ends it. `tell` runs while it is under way. */
async function isTold(who: Person, tab: string, bytes: number, heard: () => Promise<unknown>): Promise<void> {
  const { practice } = world
  practice.hold()
  const job = await who.queues(prompt(tab), { client_id: tab })
  const upstreamId = await until(async () => practice.steps.jobs().running[0])
  const node = practice.steps.nodes(upstreamId)[0]
  const data = { node, display_node: node, prompt_id: upstreamId, output: { text: ['x'.repeat(bytes)] } }
  practice.steps.emit(JSON.stringify({ type: 'executed', data }))
  await heard()
  practice.release()
  await job.finishes()
}

const gotIt = ({ messages }: Listener, bytes: number): boolean =>
  messages.some(({ type, data }) => type === 'executed' && JSON.stringify(data).length > bytes)

it('as much as limits.socket_backlog: the slowest of those who hold most are closed, and no others', {
  timeout,
}, async () => {
  const { alice, bob } = world
  const own = await bob.listens('his')
  own.socket.pause()
  const slow: Listener[] = []
  // Bob stopped reading first of all, and holds less.
  await isTold(bob, 'his', 12 * megabyte, async () => undefined)
  for (let index = 0; index < slowCount; index += 1) {
    const tab = await alice.listens(`slow-${index}`)
    tab.socket.pause()
    slow.push(tab)
    using quick = await alice.listens(`slow-${index}`)
    await isTold(alice, `slow-${index}`, frameBytes, () =>
      until(async () => (gotIt(quick, frameBytes) ? true : undefined), timeout),
    )
  }
  const ends = [own, ...slow].map((tab) => {
    tab.socket.resume()
    return until(async () => {
      if (gotIt(tab, 12 * megabyte)) return 'whole'
      return tab.socket.readyState === tab.socket.CLOSED ? 'closed' : undefined
    }, timeout)
  })
  const [his, ...hers] = await Promise.all(ends)
  expect(his).toBe('whole')
  // A part of each is kept by the system and is not ours: three fit at most.
  expect(hers.slice(0, slowCount - 3)).toEqual(Array.from({ length: slowCount - 3 }, () => 'closed'))
  expect(hers.at(-1)).toBe('whole')
})
