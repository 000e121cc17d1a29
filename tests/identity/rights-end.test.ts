/**
 * What becomes of open sockets and queued jobs when rights end? A person who is disabled, removed or of another role, and
 * a role that may less in a changed configuration.
 */
import { once } from 'node:events'
import { parseRole } from '@gatehouse/shared/roles'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Configured, startConfigured } from '../support/configured.ts'
import { savedPicture } from '../support/graphs.ts'
import { type Graph, type Listener, type Person, until } from '../support/person.ts'
import { personWithKey } from '../support/world.ts'

const roles = (more = '') => `
nodes: { admit: [PracticeSteps] }
roles:
  artist: { like: user${more} }
`
/** Runs for longer than any test. */
const endless: Graph = {
  '1': { class_type: 'EmptyImage', inputs: { width: 16, height: 16, batch_size: 1, color: 7 } },
  '2': { class_type: 'PracticeSteps', inputs: { image: ['1', 0], steps: 1000, delay_ms: 500 } },
  '3': { class_type: 'SaveImage', inputs: { images: ['2', 0], filename_prefix: 'endless' } },
}

let site: Configured
/** Two of the tenant: the one whose rights end, and the one who goes on. */
let alice: Person
let ann: Person

async function enrol(name: string, roleName: string): Promise<Person> {
  const role = parseRole(roleName)
  if (role === undefined) throw new Error('no role')
  const member = await site.store.users.add({ name, role, passwordHash: null, tenantName: 'acme' })
  return personWithKey(site.store, { name, address: site.address, folderKey: member.tenant.folderKey }, member)
}

beforeEach(async () => {
  site = await startConfigured(roles())
  alice = await enrol('alice', 'artist')
  ann = await enrol('ann', 'user')
})
afterEach(() => site[Symbol.asyncDispose]())

async function idOf(name: string) {
  const member = await site.store.users.findByName(name)
  if (member === undefined) throw new Error(`${name} is not there`)
  return member.id
}

async function queued(): Promise<readonly string[]> {
  const answer = await fetch(`${site.practice.url}/queue`)
  const { queue_running, queue_pending } = (await answer.json()) as Record<string, readonly (readonly unknown[])[]>
  return [...(queue_running ?? []), ...(queue_pending ?? [])].map((item) => JSON.stringify(item))
}

async function jobsOf(person: Person): Promise<readonly string[]> {
  const { jobs } = (await person.json('/api/jobs?status=pending,in_progress')) as { jobs: readonly { id: string }[] }
  return jobs.map(({ id }) => id)
}

interface Work {
  readonly socket: Listener
  readonly others: string
}

/** Alice's job runs, another of hers waits, and one of ann's behind it. */
async function works(): Promise<Work> {
  const socket = await alice.listens()
  await alice.queues(endless)
  await until(async () => ((await alice.json('/queue')).queue_running as unknown[])[0])
  await alice.queues(savedPicture('waits'))
  const { id } = await ann.queues(savedPicture('anns'))
  expect((await queued()).length).toBe(3)
  return { socket, others: id }
}

async function closed({ socket }: Listener): Promise<number> {
  if (socket.readyState === socket.CLOSED) return 0
  const [code] = await once(socket, 'close')
  return Number(code)
}

/** Only ann's job is left; it runs, and is the only one of the tenant that made anything. */
async function onlyAnnsRuns({ others }: Work): Promise<void> {
  await until(async () => (await ann.json(`/history/${others}`))[others])
  expect(await queued()).toEqual([])
  expect(await jobsOf(ann)).toEqual([])
  const outputs = JSON.stringify(await ann.json('/history'))
  expect(outputs).toContain('anns_00001_')
  expect(outputs).not.toContain('waits_00001_')
}

describe('jobs and sockets end', () => {
  it.each([
    ['is disabled', async () => site.store.users.setState(await idOf('alice'), 'disabled')],
    ['is removed', async () => site.store.users.remove(await idOf('alice'))],
    ['gets a role that may run nothing', async () => site.store.users.setRole(await idOf('alice'), 'guest')],
  ])('when their person %s', async (_what, change) => {
    const work = await works()
    await change()
    expect(await closed(work.socket)).toBe(4401)
    await onlyAnnsRuns(work)
  })

  it('when their role loses the permission in the configuration', async () => {
    const work = await works()
    const anns = await ann.listens()
    site.rewrite(roles(', may_not: [prompt:run]'))
    expect(await closed(work.socket)).toBe(4401)
    await onlyAnnsRuns(work)
    expect((await alice.post('/prompt', { prompt: savedPicture('more') })).status).toBe(403)
    expect(anns.socket.readyState).toBe(anns.socket.OPEN)
    anns[Symbol.dispose]()
  })

  it('when their role is gone', async () => {
    const work = await works()
    site.rewrite('nodes: { admit: [PracticeSteps] }')
    expect(await closed(work.socket)).toBe(4401)
    await onlyAnnsRuns(work)
  })
})

describe('what goes on', () => {
  it('are jobs of a role that lost another permission; its sockets are opened again with what is left', async () => {
    const work = await works()
    site.rewrite(roles(', may_not: [upload:create]'))
    expect(await closed(work.socket)).toBe(4401)
    expect((await jobsOf(ann)).length).toBe(3)
    const again = await alice.listens()
    expect((await alice.uploads('late.png', Uint8Array.of(1))).status).toBe(403)
    again[Symbol.dispose]()
  })

  it('are jobs and sockets of a role that may more', async () => {
    const work = await works()
    site.rewrite(roles(', may: [worker:free]'))
    expect(work.socket.socket.readyState).toBe(work.socket.socket.OPEN)
    expect((await jobsOf(ann)).length).toBe(3)
    work.socket[Symbol.dispose]()
  })

  it('are jobs of somebody whose new role may run prompts, too', async () => {
    const work = await works()
    await site.store.users.setRole(await idOf('alice'), 'power')
    expect(await closed(work.socket)).toBe(4401)
    expect((await jobsOf(ann)).length).toBe(3)
  })
})
