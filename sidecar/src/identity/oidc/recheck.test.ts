import type { SessionHash } from '@gatehouse/shared/ids'
import { beforeEach, expect, it } from 'vitest'
import type { JobsAtEnd } from '../../store/ended-credentials.ts'
import type { SessionRecord } from '../../store/store.ts'
import type { OidcProvider } from './provider.ts'
import { createRecheck, type Recheck, type RecheckDependencies } from './recheck.ts'

let open: SessionRecord[]
/** Each with what becomes of its jobs. */
let revoked: [hash: string, jobs: JobsAtEnd | undefined][]
let nowMs: number
let recheck: Recheck

const issuer = 'https://login.example.com'
const session = (hash: string, method: string) =>
  parse<SessionRecord>({ hash, method, issuer, userId: 'anna', createdAtMs: 0 })

beforeEach(() => {
  open = [session('desk', 'oidc'), session('phone', 'device-link')]
  revoked = []
  nowMs = 0
  const sessions = {
    list: async () => [...open],
    revoke: async (hash: string, jobs?: JobsAtEnd) => {
      revoked.push([hash, jobs])
      open = open.filter((one) => one.hash !== hash)
      return true
    },
  }
  const client = { renew: () => Promise.reject(new Error('not asked')) }
  const provider = parse<OidcProvider>({ settings: { issuer, recheck: 10_000 }, client })
  recheck = createRecheck(
    parse<RecheckDependencies>({
      ...{ store: { sessions }, providers: () => [provider], now: () => nowMs, ended: async () => undefined },
      failed: (error: unknown) => {
        throw error
      },
    }),
  )
})

it('a device stays that was let in by a session which is under way to its new id', async () => {
  await recheck.run()
  const desk = open.shift()
  await recheck.run()
  open = [{ ...(desk ?? session('desk', 'oidc')), hash: parse<SessionHash>('desk-again') }, ...open]
  await recheck.run()
  await recheck.run()
  expect(revoked).toEqual([])
})

it('a device whose person has left is ended, and its jobs go on', async () => {
  open.shift()
  await recheck.run()
  await recheck.run()
  expect(revoked).toEqual([['phone', 'keep']])
})

it('whoever cannot be asked about is ended as by time, with the devices', async () => {
  nowMs = 20_000
  for (const _look of [1, 2, 3]) await recheck.run()
  expect(revoked).toEqual([
    ['desk', 'keep'],
    ['phone', 'keep'],
  ])
})

function parse<Value>(value: unknown): Value {
  return value as Value
}
