/** For how long does a certificate prove somebody on a connection that goes on? Until it ends, and no longer. */
import { expect, it } from 'vitest'
import type { Member } from '../store/store.ts'
import { createClientCertificateMethod } from './client-certificate.ts'
import type { CredentialInput } from './credentials.ts'

const parseMember = (value: unknown): Member => value as Member
const endsAtMs = Date.parse('2026-11-20T12:00:00Z')
const outcomeAt = (nowMs: number, expiresAtMs = endsAtMs): Promise<unknown> => {
  const clientCertificate = { fingerprint: 'ab', commonName: 'w', names: [], expiresAtMs, isTrusted: true, problem: '' }
  const request: CredentialInput = {
    ...{ rawHeaders: [], query: new Map(), parameters: new Map(), isNavigation: false, isUpgrade: false },
    ...{ method: 'GET', path: '/queue', clientAddress: '192.0.2.1', peerAddress: '192.0.2.1', clientCertificate },
  }
  const method = createClientCertificateMethod({
    current: () => [{ user: 'worker', cn: 'w' }],
    users: { findByName: async () => parseMember({ id: 'id-of-worker' }) },
    now: () => nowMs,
  })
  return method.prove(request).then(
    (proven) => proven?.identity.userId,
    (error: Error) => error.message,
  )
}

it('a certificate that ended since its connection began proves nobody', async () => {
  expect(await outcomeAt(endsAtMs - 1)).toBe('id-of-worker')
  for (const late of [endsAtMs, endsAtMs + 86_400_000]) {
    expect(await outcomeAt(late)).toBe('The client certificate is not accepted here.')
  }
  expect(await outcomeAt(endsAtMs, Number.NaN)).toBe('The client certificate is not accepted here.')
})
