/** What becomes of the jobs of a session, a key or a password that ends? They end with it; those of others go on. */
import { once } from 'node:events'
import { parseRole } from '@gatehouse/shared/roles'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { type Configured, startConfigured } from '../support/configured.ts'
import { createWalker, type Walker } from '../support/cookie-jar.ts'
import { savedPicture } from '../support/graphs.ts'
import { createPerson, type Graph, type Person, parseRecord, until } from '../support/person.ts'
import { personWithKey } from '../support/world.ts'

const passwords = { alice: 'a violet umbrella, folded', olga: 'olga opens the door 1' }
const fixedKey = 'fixed-key-of-the-render-farm-4711'
const yaml = (auth = '', roles = '') => `
nodes: { admit: [PracticeSteps] }
auth:
  static_keys: [{ name: farm, user: alice, env: FARM_KEY }]
${auth}
roles:
  artist: { like: user${roles} }
  lesser: { like: user, may_not: [upload:create] }
  narrow: { like: user, nodes: { deny: [LoadImage] } }
`
/** Runs for longer than any test. */
const endless: Graph = {
  '1': { class_type: 'EmptyImage', inputs: { width: 16, height: 16, batch_size: 1, color: 7 } },
  '2': { class_type: 'PracticeSteps', inputs: { image: ['1', 0], steps: 1000, delay_ms: 500 } },
  '3': { class_type: 'SaveImage', inputs: { images: ['2', 0], filename_prefix: 'endless' } },
}

let site: Configured
/** Of the same tenant: what she sees is what is left. */
let ann: Person
/** Whose rights end, too, when a test wants to know that everything before that was obeyed. */
let carol: Person

async function enrol(name: 'alice' | 'ann' | 'carol' | 'olga', roleName: string): Promise<Person> {
  const role = parseRole(roleName)
  if (role === undefined) throw new Error('no role')
  const password = name === 'alice' || name === 'olga' ? passwords[name] : undefined
  const passwordHash = password === undefined ? null : await createPasswords().hash(password)
  const member = await site.store.users.add({ name, role, passwordHash, tenantName: 'acme' })
  return personWithKey(site.store, { name, address: site.address, folderKey: member.tenant.folderKey }, member)
}

beforeEach(async () => {
  site = await startConfigured(yaml(), { variables: { FARM_KEY: fixedKey } })
  await enrol('alice', 'artist')
  await enrol('olga', 'owner')
  ann = await enrol('ann', 'user')
  carol = await enrol('carol', 'user')
})
afterEach(() => site[Symbol.asyncDispose]())

const api = () => `${site.address}/gatehouse/api/v1`

function call(walker: Walker, method: string, path: string, body?: object): Promise<Response> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  return walker.go(path.startsWith('/prompt') ? `${site.address}${path}` : `${api()}${path}`, { method, ...sent })
}

async function answerOf(answer: Promise<Response>): Promise<Record<string, unknown>> {
  const { status } = await answer
  const text = await (await answer).text()
  if (status >= 300) throw new Error(`answered ${status}: ${text}`)
  return text === '' ? {} : parseRecord(JSON.parse(text))
}

async function signsIn(name: 'alice' | 'olga' = 'alice', walker = createWalker()): Promise<Walker> {
  await answerOf(call(walker, 'POST', '/login', { username: name, password: passwords[name] }))
  return walker
}

async function queues(walker: Walker, graph: Graph): Promise<string> {
  return String((await answerOf(call(walker, 'POST', '/prompt', { prompt: graph }))).prompt_id)
}

const alicesId = async () => {
  const member = await site.store.users.findByName('alice')
  if (member === undefined) throw new Error('alice is not there')
  return member.id
}

/** Of the tenant, those that are not over. */
async function unfinished(): Promise<readonly string[]> {
  const { jobs } = (await ann.json('/api/jobs?status=pending,in_progress')) as { jobs: readonly { id: string }[] }
  return jobs.map(({ id }) => id)
}

async function runs(): Promise<void> {
  await until(async () => ((await ann.json('/queue')).queue_running as unknown[])[0])
}

/** Only these are left in the end, in any order. */
async function left(...ids: readonly string[]): Promise<void> {
  const wanted = JSON.stringify([...ids].sort())
  await until(async () => (JSON.stringify([...(await unfinished())].sort()) === wanted ? true : undefined)).catch(
    async () => expect([...(await unfinished())].sort()).toEqual([...ids].sort()),
  )
}

/** Everything that was to end before has ended: one thing is done after the other. */
async function obeyed(): Promise<void> {
  const member = await site.store.users.findByName('carol')
  if (member === undefined) throw new Error('carol is not there')
  const before = await unfinished()
  const { id } = await carol.queues(savedPicture('carols'))
  await site.store.users.setState(member.id, 'disabled')
  await until(async () => ((await unfinished()).includes(id) ? undefined : true))
  expect(before).not.toContain(id)
}

interface Work {
  readonly desk: Walker
  readonly laptop: Walker
  /** Of the desk: the first runs. */
  readonly running: string
  readonly waiting: string
  readonly laptops: string
}

/** Two sessions of alice: a job of the desk runs, another waits, and behind it one of the laptop. */
async function works(): Promise<Work> {
  const [desk, laptop] = [await signsIn(), await signsIn()]
  const running = await queues(desk, endless)
  await runs()
  const waiting = await queues(desk, savedPicture('waits'))
  const laptops = await queues(laptop, endless)
  return { desk, laptop, running, waiting, laptops }
}

async function sessionOf(walker: Walker): Promise<string> {
  const listed: unknown = await (await call(walker, 'GET', '/sessions')).json()
  const own = (Array.isArray(listed) ? listed : []).find((one: unknown) => parseRecord(one).current === true)
  return String(parseRecord(own).id)
}

describe('jobs end with the session that queued them', () => {
  it.each<[what: string, end: (work: Work) => Promise<unknown>]>([
    ['its person signs out of it', ({ desk }) => call(desk, 'POST', '/logout')],
    [
      'they sign it out from elsewhere',
      async ({ desk, laptop }) => call(laptop, 'DELETE', `/sessions/${await sessionOf(desk)}`),
    ],
    [
      'an administrator does',
      async ({ desk }) => call(await signsIn('olga'), 'DELETE', `/sessions/${await sessionOf(desk)}`),
    ],
    ['somebody else signs in in its browser', ({ desk }) => signsIn('olga', desk)],
    [
      'its person changes the password elsewhere',
      ({ laptop }) =>
        answerOf(call(laptop, 'POST', '/password', { current: passwords.alice, password: 'eleven slow green buses' })),
    ],
  ])('when %s; those of another session go on', async (_what, end) => {
    const work = await works()
    await end(work)
    await left(work.laptops)
    await until(async () => ((await ann.json('/queue')).queue_running as unknown[])[0])
    expect(JSON.stringify(await ann.json('/history'))).not.toContain('waits_00001_')
  })

  it('also after it got a new id, because its person proved more', async () => {
    const work = await works()
    await answerOf(call(work.desk, 'POST', '/elevate', { password: passwords.alice }))
    await obeyed()
    expect([...(await unfinished())].sort()).toEqual([work.running, work.waiting, work.laptops].sort())
    await call(work.desk, 'POST', '/logout')
    await left(work.laptops)
  })

  it('all of them, when their person signs out everywhere, with those of a session that was over by then', async () => {
    const work = await works()
    const id = await alicesId()
    await site.store.sessions.prune({ nowMs: Date.now() + 400 * 24 * 60 * 60_000, idleMs: 1 })
    const [fresh, anns] = [await signsIn(), await ann.queues(endless)]
    await queues(fresh, savedPicture('more'))
    expect((await call(fresh, 'DELETE', '/sessions')).status).toBe(204)
    await left(anns.id)
    expect(await site.store.sessions.list(id)).toEqual([])
    // Its end was written beside the sidecar, which hears of it within a second.
    await until(async () => ((await call(work.laptop, 'GET', '/me')).status === 401 ? true : undefined))
  })

  it('also when it ended while nobody looked, at the next start', async () => {
    const work = await works()
    const desk = await sessionOf(work.desk)
    const { login } = (await site.store.sessions.findById(desk)) ?? {}
    // As a command writes it, without a word to the sidecar.
    await site.store.endedCredentials.add(`session:${login}`)
    await site.restart()
    await left(work.laptops)
  })

  it('also when a gateway vouches for its person beside it', async () => {
    const gateway = '{ name: sso, header: Remote-User, from: [127.0.0.1], accounts: { names: shared } }'
    site.rewrite(yaml(`  trusted_headers: [${gateway}]`))
    const walker = createWalker()
    const vouched: Walker = {
      ...walker,
      go: (url, init) => walker.go(url, { ...init, headers: { ...init?.headers, 'remote-user': 'alice' } }),
    }
    const others = await queues(vouched, endless)
    const desk = await signsIn('alice', vouched)
    await queues(desk, endless)
    expect(await answerOf(call(desk, 'GET', '/me'))).toMatchObject({ user: 'alice', jobsAtLogout: 'cancel' })
    await call(desk, 'POST', '/logout')
    await left(others)
  })

  it('of a program, when it revokes its token', async () => {
    const tokens = await answerOf(
      call(createWalker(), 'POST', '/token', { username: 'alice', password: passwords.alice }),
    )
    const program = createPerson({ name: 'alice', address: site.address, key: String(tokens.access_token) })
    await program.queues(endless)
    await runs()
    const anns = await ann.queues(endless)
    await call(createWalker(), 'POST', '/token/revoke', { token: tokens.refresh_token })
    await left(anns.id)
  })
})

describe('jobs end with the key or password that queued them', () => {
  const basic = { authorization: `Basic ${Buffer.from(`alice:${passwords.alice}`).toString('base64')}` }
  const byBasic = async (graph: Graph) => {
    const headers = { ...basic, 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify({ prompt: graph }) }
    return String((await answerOf(fetch(`${site.address}/prompt`, init))).prompt_id)
  }

  it('when the key is revoked; those of its person without it go on', async () => {
    const desk = await signsIn()
    const { id, key } = await answerOf(call(desk, 'POST', '/keys', { label: 'test' }))
    const byKey = createPerson({ name: 'alice', address: site.address, key: String(key) })
    await byKey.queues(endless)
    await runs()
    await byKey.queues(savedPicture('waits'))
    const own = await queues(desk, endless)
    await call(desk, 'DELETE', `/keys/${String(id)}`)
    await left(own)
  })

  it('when the fixed key is taken out of the configuration; what a new one of its name queues goes on', async () => {
    const farm = createPerson({ name: 'alice', address: site.address, key: fixedKey })
    await farm.queues(endless)
    await runs()
    await farm.queues(savedPicture('waits'))
    const anns = await ann.queues(endless)
    site.rewrite(yaml().replace('{ name: farm, user: alice, env: FARM_KEY }', ''))
    await left(anns.id)
    site.rewrite(yaml())
    const again = await farm.queues(endless)
    await obeyed()
    expect([...(await unfinished())].sort()).toEqual([anns.id, again.id].sort())
  })

  it('also when the fixed key was taken out while nobody looked, at the next start', async () => {
    await createPerson({ name: 'alice', address: site.address, key: fixedKey }).queues(endless)
    await runs()
    const own = await queues(await signsIn(), endless)
    await site.restart(yaml().replace('{ name: farm, user: alice, env: FARM_KEY }', ''))
    await left(own)
  })

  it('when the password of Basic is changed by an administrator, with those of its sessions; keys go on', async () => {
    await byBasic(endless)
    await runs()
    await queues(await signsIn(), savedPicture('waits'))
    const farm = await createPerson({ name: 'alice', address: site.address, key: fixedKey }).queues(endless)
    await site.store.users.setPassword(await alicesId(), await createPasswords().hash('eleven slow green buses'))
    await left(farm.id)
  })
})

describe('jobs go on', () => {
  it('when time alone ends their session', async () => {
    const work = await works()
    await site.store.sessions.prune({ nowMs: Date.now() + 400 * 24 * 60 * 60_000, idleMs: 1 })
    await until(async () => ((await call(work.desk, 'GET', '/me')).status === 401 ? true : undefined))
    await obeyed()
    expect([...(await unfinished())].sort()).toEqual([work.running, work.waiting, work.laptops].sort())
  })

  it('after their person signs out, where the operator says so; other ends are not asked', async () => {
    site.rewrite(yaml('  jobs_at_logout: keep'))
    const work = await works()
    await call(work.desk, 'POST', '/logout')
    await obeyed()
    expect([...(await unfinished())].sort()).toEqual([work.running, work.waiting, work.laptops].sort())
    await call(work.laptop, 'DELETE', '/sessions')
    await left()
  })

  it('as far as they run, where the operator says that', async () => {
    site.rewrite(yaml('  jobs_at_logout: cancel_waiting'))
    const work = await works()
    expect((await answerOf(call(work.desk, 'GET', '/me'))).jobsAtLogout).toBe('cancel_waiting')
    await call(work.desk, 'POST', '/logout')
    await obeyed()
    await left(work.running, work.laptops)
  })

  it('of an administrator who begins to act in the place of somebody else', async () => {
    const desk = await signsIn('olga')
    const own = await queues(desk, endless)
    await runs()
    await answerOf(call(desk, 'POST', '/users/alice/impersonate'))
    const theirs = await queues(desk, endless)
    await obeyed()
    expect([...(await unfinished())].sort()).toEqual([own, theirs].sort())
    await call(desk, 'POST', '/logout')
    await left(own)
  })
})

describe('another role', () => {
  it.each(['lesser', 'narrow'])('that may less (%s) ends what was queued before', async (name) => {
    const work = await works()
    const role = parseRole(name)
    const anns = await ann.queues(endless)
    if (role !== undefined) await site.store.users.setRole(await alicesId(), role)
    await left(anns.id)
    expect(work.laptops).not.toBe('')
  })
})

describe('a role that needs a second factor from now on', () => {
  it('ends what waits and was queued without one; what runs, and what keys queued, goes on', async () => {
    const work = await works()
    const farm = await createPerson({ name: 'alice', address: site.address, key: fixedKey }).queues(endless)
    site.rewrite(yaml('', ', second_factor: required'))
    await left(work.running, farm.id)
  })
})

describe('an impersonation', () => {
  it.each([
    ['loses the right to it', 'may: []'],
    ['may less than the one they act for', 'may: [admin:impersonate], may_not: [upload:create]'],
  ])('ends with its sockets when the role of the helper %s in the configuration', async (_what, less) => {
    const helper = (rights: string) => `${yaml()}  helper: { like: admin, ${rights} }\n`
    site.rewrite(helper('may: [admin:impersonate]'))
    const role = parseRole('helper')
    const passwordHash = await createPasswords().hash(passwords.olga)
    if (role !== undefined) await site.store.users.add({ name: 'henry', role, passwordHash })
    const walker = createWalker()
    await answerOf(call(walker, 'POST', '/login', { username: 'henry', password: passwords.olga }))
    await answerOf(call(walker, 'POST', '/users/alice/impersonate'))
    const cookie = [...walker.cookies(site.address)].map(([name, value]) => `${name}=${value}`).join('; ')
    const socket = new WebSocket(`${site.address.replace('http', 'ws')}/ws`, {
      headers: { cookie, origin: site.address },
    })
    await once(socket, 'open')
    site.rewrite(helper(less))
    const [code] = await once(socket, 'close')
    expect(code).toBe(4401)
    await until(async () => ((await site.store.sessions.list(await alicesId())).length === 0 ? true : undefined))
  })
})
