import type { UserId } from '@gatehouse/shared/ids'
import type { Identity, Principal } from '@gatehouse/shared/principal'
import { createRoleTable, parseRole } from '@gatehouse/shared/roles'
import { describe, expect, it } from 'vitest'
import type { EndedCredential } from '../store/ended-credentials.ts'
import type { JobFacts } from '../store/job-store.ts'
import { createJudgeJob, createMayStillRun, type JobRightsDependencies } from './job-rights.ts'

interface Facts {
  readonly role?: string
  readonly state?: string
  readonly ended?: Readonly<Record<string, EndedCredential>>
  /** Of the configuration. */
  readonly roles?: Readonly<Record<string, object>>
}

function rights({ role = 'user', state = 'active', ended = {}, roles = {} }: Facts = {}): JobRightsDependencies {
  return parseDependencies({
    live: {
      current: () => ({ roles, auth: { static_keys: [{ name: 'farm' }] } }),
      roles: () => createRoleTable(parseDefinitions(roles)),
    },
    users: { findById: async () => ({ role, state }) },
    endedCredentials: { find: async (name: string) => ended[name] },
  })
}

function parseDependencies(value: unknown): JobRightsDependencies {
  return value as JobRightsDependencies
}

function parseDefinitions(value: unknown): Parameters<typeof createRoleTable>[0] {
  return value as Parameters<typeof createRoleTable>[0]
}

function parsePrincipal(identity: Partial<Identity>, role = 'user'): Principal {
  return { userId: 'alice', identity, role } as Principal
}

function parseJob(facts: Partial<JobFacts> = {}): JobFacts {
  return {
    userId: 'alice',
    queuedBy: 'session:one',
    queuedAs: parseRole('user'),
    createdAtMs: 10,
    ...facts,
  } as JobFacts
}

function parseUserId(text: string): UserId {
  return text as UserId
}

const proven = { method: 'session', credentialId: 'two', login: 'one', provenAtMs: 5 } as const
const cancelled = { atMs: 10, jobs: 'cancel' } as const

describe('a prompt', () => {
  const may = (facts?: Facts, identity: Partial<Identity> = proven) =>
    createMayStillRun(rights(facts))(parsePrincipal(identity))

  it('is accepted of whoever may run one', async () => {
    expect(await may()).toBe(true)
    expect(await may({ ended: { 'session:two': cancelled, 'session:three': cancelled } })).toBe(true)
  })

  it.each<[what: string, facts: Facts]>([
    ['whose log-in was ended since, under whatever id', { ended: { 'session:one': cancelled } }],
    ['who was disabled', { state: 'disabled' }],
    ['whose role may not run any', { role: 'guest' }],
  ])('is refused of somebody %s', async (_what, facts) => {
    expect(await may(facts)).toBe(false)
  })

  it('is refused where one factor is not enough any more', async () => {
    const facts = { roles: { user: { second_factor: 'required' } } }
    expect(await may(facts)).toBe(true)
    expect(await may(facts, { ...proven, isByOneFactor: true })).toBe(false)
  })

  it('is refused of whoever got a role that may less since it was judged, and of nobody who may more', async () => {
    const judgedAs = (role: string, facts?: Facts) => createMayStillRun(rights(facts))(parsePrincipal(proven, role))
    expect(await judgedAs('power')).toBe(false)
    expect(await judgedAs('user', { role: 'power' })).toBe(true)
  })

  it('is accepted with a password that was proven after the earlier one ended', async () => {
    const basic = { method: 'basic', credentialId: 'basic:alice' } as const
    const facts = { ended: { 'basic:alice': cancelled } }
    expect(await may(facts, { ...basic, provenAtMs: 10 })).toBe(false)
    expect(await may(facts, { ...basic, provenAtMs: 11 })).toBe(true)
  })
})

describe('a job', () => {
  const judged = (facts?: Facts, job?: Partial<JobFacts>) => createJudgeJob(rights(facts), 'everybody')(parseJob(job))

  it('goes on while nothing ended that it hangs on', async () => {
    expect(await judged()).toBeUndefined()
    expect(await judged({ ended: { 'session:two': cancelled } })).toBeUndefined()
    expect(await judged({ ended: { 'session:one': { ...cancelled, atMs: 9 } } })).toBeUndefined()
    expect(await judged({ role: 'power' })).toBeUndefined()
    expect(await judged({}, { queuedBy: 'static-key:farm' })).toBeUndefined()
  })

  it.each<[what: string, facts: Facts, job?: Partial<JobFacts>]>([
    ['its log-in was ended', { ended: { 'session:one': cancelled } }],
    ['all of its person were', { ended: { 'sessions:alice': cancelled } }],
    ['its key was', { ended: { key: cancelled } }, { queuedBy: 'key' }],
    ['its fixed key was', { ended: { 'static-key:farm': cancelled } }, { queuedBy: 'static-key:farm' }],
    ['its fixed key is in the configuration no more', {}, { queuedBy: 'static-key:mill' }],
    ['its person was disabled', { state: 'disabled' }],
    ['its person has a role that may less', { role: 'user' }, { queuedAs: 'owner' }],
    [
      'its person has a role with rules of its own',
      { roles: { user: { models: { deny: ['*'] } } } },
      { queuedAs: 'guest' },
    ],
  ])('ends, running or not, when %s', async (_what, facts, job) => {
    expect(await judged(facts, job)).toMatchObject({ sparesRunning: false })
  })

  it('of a key hangs on no log-in', async () => {
    expect(await judged({ ended: { 'sessions:alice': cancelled } }, { queuedBy: 'key' })).toBeUndefined()
  })

  it('that runs is spared where a sign-out ends what waits, and where a second factor is missing', async () => {
    const spared = { sparesRunning: true }
    const waiting = { atMs: 10, jobs: 'cancel_waiting' } as const
    expect(await judged({ ended: { 'session:one': waiting } })).toMatchObject(spared)
    const facts = { roles: { user: { second_factor: 'required' } } }
    expect(await judged(facts, { isByOneFactor: true })).toMatchObject(spared)
    expect(await judged(facts, { isByOneFactor: false })).toBeUndefined()
  })

  it('of a version that did not ask ends with the rights of its person alone', async () => {
    const old = { queuedBy: undefined, queuedAs: undefined }
    expect(await judged({ ended: { 'sessions:alice': cancelled } }, old)).toBeUndefined()
    expect(await judged({ role: 'guest' }, old)).toBeDefined()
  })

  it('of others is not asked about where one person is', async () => {
    const judge = createJudgeJob(rights({ state: 'disabled' }), new Set([parseJob().userId]))
    expect(await judge(parseJob())).toBeDefined()
    expect(await judge({ ...parseJob(), userId: parseUserId('bob') })).toBeUndefined()
  })
})
