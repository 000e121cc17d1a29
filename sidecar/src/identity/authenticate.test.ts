/** What do a credential that a browser adds by itself and a session of ours prove together? No more than was proven. */
import type { SessionHash, UserId } from '@gatehouse/shared/ids'
import { expect, it } from 'vitest'
import type { SessionRecord } from '../store/store.ts'
import { createAuthenticate } from './authenticate.ts'
import type { CredentialInput } from './credentials.ts'
import type { Proven } from './proof.ts'
import type { SessionCookie } from './session-cookie.ts'
import type { SessionLookup } from './session-lookup.ts'

const alice = parse<UserId>('id-of-alice')
const cookie = parse<SessionHash>('hash-of-the-session')

/** Proven by a request of hers, and by her session. */
async function prove({ proof }: Pick<Proven, 'proof'>, session: object) {
  const identity = { userId: alice, method: 'jwt', credentialId: 'jwt', provenAtMs: 1_000 } as const
  const proven: Proven = { kind: 'identity', proof, isAmbient: true, identity }
  const record = { hash: cookie, userId: alice, provenAtMs: 500, impersonatorId: null, apiKeyId: null, factor: null }
  const authenticate = createAuthenticate({
    methods: { tokens: [], requests: [{ name: 'jwt', prove: async () => proven }], strangers: [] },
    sessionCookie: parse<SessionCookie>({ read: () => cookie }),
    sessionLookup: parse<SessionLookup>({ find: async () => parse<SessionRecord>({ ...record, ...session }) }),
    basicIdentity: () => Promise.reject(new Error('no Basic')),
  })
  const result = await authenticate(parse<CredentialInput>({ rawHeaders: [], query: new Map() }))
  return result.kind === 'identity' ? result : undefined
}

it.each([
  ['a key, by the one factor of her log-in', 'key' as const, { factor: null }, true],
  ['a key, by the two factors of her log-in', 'key' as const, { factor: 'totp' }, undefined],
  ['the word of a gateway, which is as good as that', 'person' as const, { factor: null }, undefined],
])('a person is proven beside %s', async (_what, proof, session, isByOneFactor) => {
  const proven = await prove({ proof }, session)
  expect([proven?.proof, proven?.session?.hash]).toEqual(['person', cookie])
  expect(proven?.identity.isByOneFactor).toBe(isByOneFactor)
})

it('a session that a key opened makes nobody of a key', async () => {
  expect((await prove({ proof: 'key' }, { apiKeyId: 'key' }))?.proof).toBe('key')
})

it('who acts in her place is seen beside whatever proves her', async () => {
  const proven = await prove({ proof: 'person' }, { impersonatorId: 'id-of-olga' })
  expect(proven?.identity.impersonator).toBe('id-of-olga')
})

it('what she queues hangs on her log-in, which she can end, and counts as queued in a page', async () => {
  const proven = await prove({ proof: 'key' }, { login: 'first-hash' })
  expect(proven?.identity).toMatchObject({ method: 'jwt', login: 'first-hash', isAmbient: true })
})

it('the proof of a key is no fresh proof of the person', async () => {
  expect((await prove({ proof: 'key' }, {}))?.identity.provenAtMs).toBe(500)
})

function parse<Value>(value: unknown): Value {
  return value as Value
}
