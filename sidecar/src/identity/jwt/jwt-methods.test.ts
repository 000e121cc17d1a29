/** For how long is a proven token believed without looking again, and what ends that? */
import { beforeEach, describe, expect, it } from 'vitest'
import type { ChangeEvent, Member } from '../../store/store.ts'
import type { CredentialInput } from '../credentials.ts'
import { goodClaims, issue, issuerWith, keyPairs, keysOf, nowMs } from './forge.ts'
import type { JwtIssuer } from './jwt-issuer.ts'
import { createJwtMethods } from './jwt-methods.ts'
import type { KeySource } from './key-source.ts'

const request: CredentialInput = {
  ...{ rawHeaders: [], query: new Map(), isNavigation: false, isUpgrade: false, method: 'GET', path: '/queue' },
  ...{ clientAddress: '192.0.2.1', peerAddress: '192.0.2.1', clientCertificate: undefined, parameters: new Map() },
}

let clockMs: number
let issuers: readonly JwtIssuer[]
let keys: KeySource
let looks: number
let tell: (event: ChangeEvent) => void
let prove: (token: string) => Promise<string>
let proveBy: (rawHeaders: readonly string[]) => Promise<string>

const parseMember = (value: unknown): Member => value as Member
const alice = parseMember({ id: 'id-of-alice' })
const bob = parseMember({ id: 'id-of-bob' })

beforeEach(() => {
  clockMs = nowMs
  looks = 0
  keys = keysOf(['one', keyPairs.rsa.publicKey])
  const counted: KeySource = {
    isFixed: true,
    current: () => keys.current(),
    find: (...asked) => {
      looks += 1
      return keys.find(...asked)
    },
  }
  issuers = [issuerWith({ keys: counted, header: 'x-studio', cookie: 'studio' })]
  const methods = createJwtMethods({
    issuers: () => issuers,
    resolveExternal: async () => alice,
    feed: {
      subscribe: (listener) => {
        tell = listener
        return () => undefined
      },
    },
    now: () => clockMs,
  })
  const outcome = (proving: Promise<{ readonly identity: { readonly credentialId: string } } | undefined>) =>
    proving.then(
      (proven) => proven?.identity.credentialId.split(':', 2).join(':') ?? 'nobody',
      (error: Error) => error.message,
    )
  prove = (token) => outcome(methods.tokens[0]?.prove(token, request) ?? Promise.reject(new Error('no method')))
  proveBy = async (rawHeaders) => {
    const proofs = await Promise.all(
      methods.requests.map((method) => outcome(method.prove({ ...request, rawHeaders }))),
    )
    return proofs.find((proof) => proof !== 'nobody') ?? 'nobody'
  }
})

const notAccepted = 'The token is not accepted.'

describe('a proven token', () => {
  it('is not proven again while nothing changes', async () => {
    const token = await issue()
    for (let count = 0; count < 3; count += 1) expect(await prove(token)).toBe('jwt:studio')
    expect(looks).toBe(1)
    expect(await prove(await issue({ ...goodClaims, jti: 'another' }))).toBe('jwt:studio')
    expect(looks).toBe(2)
  })

  it('ends when its time is over, and when its age is', async () => {
    const token = await issue()
    expect(await prove(token)).toBe('jwt:studio')
    clockMs = goodClaims.exp * 1_000 + 29_999
    expect(await prove(token)).toBe('jwt:studio')
    expect(looks).toBe(1)
    clockMs += 1
    expect(await prove(token)).toBe(notAccepted)
    clockMs = nowMs
    issuers = [issuerWith({ rules: { maxAgeMs: 120_000 } })]
    expect(await prove(token)).toBe('jwt:studio')
    clockMs = goodClaims.iat * 1_000 + 120_000 + 31_000
    expect(await prove(token)).toBe(notAccepted)
  })

  it('is proven again when the settings of its issuer change, and refused when it is gone', async () => {
    const token = await issue()
    expect(await prove(token)).toBe('jwt:studio')
    issuers = [issuerWith({ name: 'renamed' })]
    expect(await prove(token)).toBe('jwt:renamed')
    issuers = [issuerWith({ rules: { audiences: ['other'] } })]
    expect(await prove(token)).toBe(notAccepted)
    issuers = []
    expect(await prove(token)).toBe(notAccepted)
  })

  it('proves nobody when its issuer goes while its keys are fetched', async () => {
    const [studio] = issuers
    if (studio === undefined) throw new Error('no issuer')
    const slow: KeySource = {
      ...studio.keys,
      find: (...asked) => {
        issuers = []
        return keys.find(...asked)
      },
    }
    issuers = [{ ...studio, keys: slow }]
    expect(await prove(await issue())).toBe(notAccepted)
    expect(await prove(await issue())).toBe(notAccepted)
  })

  it('ends when the key is taken back that signed it', async () => {
    const token = await issue()
    expect(await prove(token)).toBe('jwt:studio')
    keys = keysOf(['two', keyPairs.otherRsa.publicKey])
    expect(await prove(token)).toBe(notAccepted)
  })

  it('is proven again after a change of the person, and after a doubt about the store', async () => {
    const token = await issue()
    await prove(token)
    tell({ kind: 'changed', change: { seq: 1, kind: 'user', userId: bob.id, credentialId: undefined } })
    await prove(token)
    expect(looks).toBe(1)
    tell({ kind: 'changed', change: { seq: 2, kind: 'user', userId: alice.id, credentialId: undefined } })
    await prove(token)
    expect(looks).toBe(2)
    tell({ kind: 'lost' })
    await prove(token)
    expect(looks).toBe(3)
  })

  it('counts in a header or cookie for the issuer only whose it is, remembered or not', async () => {
    const other = issuerWith({
      name: 'other',
      rules: { issuer: 'https://other.example/' },
      header: 'x-other',
      cookie: 'other',
    })
    issuers = [...issuers, other]
    const token = await issue()
    for (let count = 0; count < 2; count += 1) {
      expect(await proveBy(['X-Other', token])).toBe(notAccepted)
      expect(await proveBy(['Cookie', `other=${token}`])).toBe('nobody')
      expect(await proveBy(['X-Studio', token])).toBe('jwt:studio')
      expect(await proveBy(['Cookie', `a=b; studio="${token}"`])).toBe('jwt:studio')
    }
    expect(await proveBy(['X-Studio', token, 'x-studio', token])).toBe(notAccepted)
    expect(await proveBy(['X-Studio', ''])).toBe(notAccepted)
    expect(await proveBy(['Cookie', 'studio=stale'])).toBe('nobody')
  })
})
