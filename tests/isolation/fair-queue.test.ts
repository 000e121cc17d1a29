/** How long does one tenant wait for another's flood? For the job that runs, and no longer. */
import { expect, it } from 'vitest'
import type { Config } from '../../sidecar/src/config/config.ts'
import { savedPicture } from '../support/graphs.ts'
import { type Job, type Person, parseRecord, until } from '../support/person.ts'
import { wantsRealUpstream } from '../support/real-upstream.ts'
import { createWorld, type World } from '../support/world.ts'

/** A real one takes its time for each. */
const floodCount = wantsRealUpstream() ? 20 : 500

function roomy(more: Partial<Config> = {}): Promise<World> {
  return createWorld({
    config: (config) => ({ ...config, ...more, limits: { ...config.limits, pending_jobs: 2_000 } }),
  })
}

/** Prompts of ComfyUI's own queue and history in the order they run, as far as they belong to somebody. */
async function upstreamOrder(world: World, people: readonly Person[]): Promise<readonly string[]> {
  const ask = async (path: string) => parseRecord(await (await fetch(`${world.practice.url}${path}`)).json())
  const { queue_running, queue_pending } = await ask('/queue')
  const waiting = [queue_running, queue_pending].flatMap((list) => (Array.isArray(list) ? byNumber(list) : []))
  return [...Object.values(await ask('/history')), ...waiting].map((entry) => {
    const text = JSON.stringify(entry)
    return people.find(({ folderKey }) => text.includes(folderKey))?.name ?? 'nobody'
  })
}

function byNumber(items: readonly unknown[]): readonly unknown[] {
  const numberOf = (item: unknown): number => (Array.isArray(item) ? Number(item[0]) : Number.NaN)
  return items.toSorted((a, b) => numberOf(a) - numberOf(b))
}

async function floods(person: Person, count: number, more: Readonly<Record<string, unknown>> = {}): Promise<Job[]> {
  const jobs: Job[] = []
  while (jobs.length < count) {
    const batch = Math.min(20, count - jobs.length)
    const from = jobs.length
    jobs.push(
      ...(await Promise.all(
        Array.from({ length: batch }, (_, index) => person.queues(savedPicture('flood', from + index), more)),
      )),
    )
  }
  return jobs
}

async function runs(person: Person): Promise<void> {
  await until(async () => ((await person.json('/queue')).queue_running as unknown[])[0])
}

it('starts the single job of one tenant right after the job that runs, although another has five hundred', {
  timeout: 120_000,
}, async () => {
  await using world = await roomy()
  world.practice.hold()
  const [running] = await floods(world.alice, floodCount)
  await runs(world.alice)
  // What she says of their order is for her own jobs, and those of her tenant.
  await floods(world.alice, 1, { front: true })
  await floods(world.ann, 1, { number: -1e12 })
  const single = await world.bob.queues(savedPicture('single'))
  const position = await world.bob.json('/gatehouse/api/v1/queue')
  expect(position).toMatchObject({ pending: 1, running: 0, ahead: 0, jobs: [{ id: single.id, ahead: 0 }] })
  expect((await upstreamOrder(world, [world.alice, world.bob])).indexOf('bob')).toBe(1)
  world.practice.release()
  await single.finishes()
  await running?.finishes()
  expect((await upstreamOrder(world, [world.alice, world.bob])).slice(0, 3)).toEqual(['alice', 'bob', 'alice'])
  await world.alice.post('/queue', { clear: true })
})

it('shares the worker by the weights of roles, from the moment the file says so', async () => {
  await using world = await roomy({ roles: { owner: { limits: { queue_weight: 3 } } } })
  world.practice.hold()
  await world.bob.queues(savedPicture('runs'))
  await runs(world.bob)
  await floods(world.alice, 4)
  await floods(world.olga, 12)
  const order = (await upstreamOrder(world, [world.alice, world.bob, world.olga])).slice(1)
  const among = (count: number) => order.slice(0, count).filter((name) => name === 'olga').length
  expect(order).toHaveLength(16)
  for (const turns of [4, 8, 12]) expect(Math.abs(among(turns) - (turns * 3) / 4)).toBeLessThanOrEqual(1)
})

it('remembers whose turn it is when the sidecar starts again, and gives nothing for having been away', async () => {
  await using world = await roomy()
  world.practice.hold()
  await world.alice.queues(savedPicture('runs'))
  await runs(world.alice)
  await floods(world.alice, 5)
  await world.restartSidecar()
  await until(async () => ((await world.bob.fetch('/ready')).status === 200 ? true : undefined))
  await floods(world.bob, 3)
  await floods(world.alice, 1)
  const order = await upstreamOrder(world, [world.alice, world.bob])
  // Taking turns from here on: neither all of bob's first, nor all of alice's.
  expect(order.slice(0, 8).filter((name) => name === 'bob')).toHaveLength(3)
  expect(order.indexOf('bob')).toBe(1)
  expect(order.slice(1, 7)).toEqual(['bob', 'alice', 'bob', 'alice', 'bob', 'alice'])
  expect(order.slice(7)).toEqual(['alice', 'alice', 'alice'])
})

it("tells each own job's place and nothing of whose the others are", async () => {
  await using world = await roomy()
  const before = await world.alice.queues(savedPicture('typical'))
  await before.finishes()
  world.practice.hold()
  await world.alice.queues(savedPicture('runs'))
  await runs(world.alice)
  await floods(world.alice, 3)
  const [first, second] = await floods(world.bob, 2)
  const answer = await world.bob.json('/gatehouse/api/v1/queue')
  expect(answer).toEqual({
    pending: 2,
    running: 0,
    ahead: 0,
    startsInSeconds: expect.any(Number),
    jobs: [
      { id: first?.id, ahead: 0, startsInSeconds: expect.any(Number) },
      { id: second?.id, ahead: 2, startsInSeconds: expect.any(Number) },
    ],
  })
  using listener = await world.bob.listens()
  const news = await listener.hears(({ type }) => type === 'gatehouse_queue')
  const { jobs: _, ...position } = answer
  expect(news.data).toEqual(position)
  expect(await world.olga.json('/gatehouse/api/v1/queue')).toEqual({
    pending: 0,
    running: 0,
    ahead: null,
    startsInSeconds: null,
    jobs: [],
  })
})
