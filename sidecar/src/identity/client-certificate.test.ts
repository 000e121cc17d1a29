/** Whom does a certificate prove, and for how long on a connection that goes on? */
import { expect, it } from 'vitest'
import type { ClientCertificateSettings } from '../config/auth/client-certificate-schema.ts'
import type { Member } from '../store/store.ts'
import { createClientCertificateMethod } from './client-certificate.ts'
import type { CredentialInput } from './credentials.ts'

const parseMember = (value: unknown): Member => value as Member
const endsAtMs = Date.parse('2026-11-20T12:00:00Z')
const shown = { fingerprint: 'ab', commonName: 'w', names: ['dns:w.lab'], isTrusted: true, problem: '' }
const byName: readonly ClientCertificateSettings[] = [{ user: 'worker', cn: 'w' }]
const outcomeAt = (nowMs: number, expiresAtMs = endsAtMs, current = byName): Promise<unknown> => {
  const clientCertificate = { ...shown, expiresAtMs }
  const request: CredentialInput = {
    ...{ rawHeaders: [], query: new Map(), parameters: new Map(), isNavigation: false, isUpgrade: false },
    ...{ method: 'GET', path: '/queue', clientAddress: '192.0.2.1', peerAddress: '192.0.2.1', clientCertificate },
  }
  const method = createClientCertificateMethod({
    current: () => current,
    users: { findByName: async (name) => parseMember({ id: `id-of-${name}` }) },
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

it.each<[string, readonly ClientCertificateSettings[], string]>([
  ['its fingerprint', [{ user: 'worker', fingerprint: 'ab' }], 'id-of-worker'],
  ['an alternative name in it', [{ user: 'worker', san: 'dns:w.lab' }], 'id-of-worker'],
  ['its common name', [{ user: 'worker', cn: 'w' }], 'id-of-worker'],
  [
    'two of them for one user',
    [
      { user: 'worker', cn: 'w' },
      { user: 'worker', fingerprint: 'ab' },
    ],
    'id-of-worker',
  ],
])('a certificate stands for the user who is named for %s', async (_what, current, expected) => {
  expect(await outcomeAt(0, endsAtMs, current)).toBe(expected)
})

it.each<[string, readonly ClientCertificateSettings[]]>([
  ['the fingerprint of another one', [{ user: 'worker', fingerprint: 'ac' }]],
  [
    'a name of another kind',
    [
      { user: 'worker', cn: 'dns:w.lab' },
      { user: 'worker', san: 'w' },
    ],
  ],
  ['nothing', []],
  [
    'more than one user',
    [
      { user: 'worker', cn: 'w' },
      { user: 'other', fingerprint: 'ab' },
    ],
  ],
])('a certificate proves nobody where %s is named', async (_what, current) => {
  expect(await outcomeAt(0, endsAtMs, current)).toBe('The client certificate is not accepted here.')
})
