import { beforeEach, describe, expect, it, test } from 'vitest'
import { accountsSchema } from '../config/auth/accounts-schema.ts'
import { trustedHeadersSchema } from '../config/auth/trusted-header-schema.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import type { Member } from '../store/store.ts'
import type { CredentialInput } from './credentials.ts'
import type { ExternalSubject } from './external-account.ts'
import { createTrustedHeaderMethod, type Gateway } from './trusted-header.ts'

const plain: Gateway = {
  name: 'sso',
  header: 'remote-user',
  groupsHeader: 'remote-groups',
  groupsSeparator: ',',
  tenantHeader: undefined,
  from: ['10.0.0.1', '2001:db8::1'],
  secret: undefined,
  logoutUrl: undefined,
  asksAgain: false,
  accounts: accountsSchema.parse(undefined),
}

let gateways: readonly Gateway[]
let asked: ExternalSubject[]
beforeEach(() => {
  gateways = [plain]
  asked = []
})

const method = createTrustedHeaderMethod({
  gateways: () => gateways,
  resolveExternal: async (subject) => {
    asked.push(subject)
    return parseMember({ id: `id-of-${subject.userName}` })
  },
  isOwnHost: (host) => host === 'comfy.example.com',
  now: () => 7,
})

function parseMember(value: unknown): Member {
  return value as Member
}

async function ask(rawHeaders: readonly string[], peerAddress = '10.0.0.1', more: Partial<CredentialInput> = {}) {
  const request: CredentialInput = {
    ...{
      rawHeaders,
      peerAddress,
      clientAddress: '203.0.113.9',
      query: new Map(),
      parameters: new Map(),
      clientCertificate: undefined,
    },
    ...{ isNavigation: false, isUpgrade: false, method: 'GET', path: '/' },
    ...more,
  }
  try {
    const proven = await method.prove(request)
    return proven?.identity.userId ?? 'nobody'
  } catch (error) {
    if (error instanceof GatehouseError) return error.code
    throw error
  }
}

describe('the header of a gateway', () => {
  it('proves whom it names, as something a browser adds by itself', async () => {
    gateways = [{ ...plain, logoutUrl: 'https://auth.example.com/logout' }]
    const request = { rawHeaders: ['Remote-User', 'Alice', 'Remote-Groups', 'staff, artists,,'] }
    expect(await ask(request.rawHeaders)).toBe('id-of-alice')
    expect(asked[0]).toEqual({
      ...{ source: 'sso', issuer: 'trusted-header:sso', subject: 'alice', userName: 'alice' },
      ...{ tenant: undefined, groups: ['staff', 'artists'] },
    })
    const proven = await method.prove({
      ...{
        ...request,
        peerAddress: '10.0.0.1',
        clientAddress: '',
        query: new Map(),
        parameters: new Map(),
        clientCertificate: undefined,
      },
      ...{ isNavigation: false, isUpgrade: false, method: 'GET', path: '/' },
    })
    expect(proven).toMatchObject({
      identity: { method: 'trusted-header', credentialId: 'trusted-header:sso', provenAtMs: 0 },
      ...{ proof: 'person', isAmbient: true, logoutUrl: 'https://auth.example.com/logout' },
    })
  })

  it('is nothing from any other peer, whatever it says of itself', async () => {
    for (const peer of ['10.0.0.2', '127.0.0.1', '2001:db8::2', '::1', '', 'unknown']) {
      expect(await ask(['Remote-User', 'alice'], peer, { clientAddress: '10.0.0.1' }), peer).toBe('nobody')
      expect(await ask(['Remote-User', 'a', 'Remote-User', 'b'], peer), peer).toBe('nobody')
    }
    expect(asked).toEqual([])
  })

  it('is known from its peer in every spelling of the address', async () => {
    expect(await ask(['Remote-User', 'alice'], '::ffff:10.0.0.1')).toBe('id-of-alice')
    expect(await ask(['Remote-User', 'alice'], '2001:DB8:0:0::1')).toBe('id-of-alice')
  })

  it('is read in every case, and under no other spelling', async () => {
    for (const name of ['remote-user', 'REMOTE-USER', 'ReMoTe-UsEr'])
      expect(await ask([name, 'alice'])).toBe('id-of-alice')
    for (const name of ['Remote_User', 'remote_user', 'REMOTE_USER', 'Remote-User ', 'X-Remote-User', 'RemoteUser']) {
      expect(await ask([name, 'alice']), name).toBe('nobody')
      expect(await ask([name, 'mallory', 'Remote-User', 'alice']), name).toBe('id-of-alice')
    }
  })

  it('is refused twice, also joined to one by a proxy', async () => {
    expect(await ask(['Remote-User', 'alice', 'remote-user', 'bob'])).toBe('bad_request')
    expect(await ask(['Remote-User', 'alice', 'Remote-User', 'alice'])).toBe('bad_request')
    expect(await ask(['Remote-User', '', 'Remote-User', 'alice'])).toBe('bad_request')
    expect(await ask(['Remote-User', 'alice, bob'])).toBe('unauthenticated')
    expect(await ask(['Remote-User', 'alice', 'Remote-Groups', 'a', 'remote-groups', 'owners'])).toBe('bad_request')
    expect(asked).toEqual([])
  })

  it('is nobody when it is missing or empty, and refused when it is no name', async () => {
    expect(await ask([])).toBe('nobody')
    expect(await ask(['Remote-User', ''])).toBe('nobody')
    expect(await ask(['Remote-User', '  '])).toBe('nobody')
    for (const name of ['../etc', '\u0000', '-', 'a/b', '<b>', '\xff\xfe', 'x'.repeat(600), '\u202ealice']) {
      expect(await ask(['Remote-User', name]), name).toBe('unauthenticated')
    }
  })

  it('is read as UTF-8', async () => {
    const sent = Buffer.from('J\u00fcrgen', 'utf8').toString('latin1')
    expect(await ask(['Remote-User', sent])).toBe('id-of-j\u00fcrgen')
  })

  it('needs the tenant where one is configured', async () => {
    gateways = [{ ...plain, tenantHeader: 'x-funart-comfy-userid' }]
    expect(await ask(['Remote-User', 'alice'])).toBe('unauthenticated')
    expect(await ask(['Remote-User', 'alice', 'X-FunArt-Comfy-UserId', ''])).toBe('unauthenticated')
    expect(await ask(['Remote-User', 'alice', 'X-FunArt-Comfy-UserId', 'a, b'])).toBe('unauthenticated')
    expect(await ask(['Remote-User', 'alice', 'X_FunArt_Comfy_UserId', 'acme'])).toBe('unauthenticated')
    expect(await ask(['Remote-User', 'alice', 'X-FunArt-Comfy-UserId', 'acme'])).toBe('id-of-alice')
    expect(asked.at(-1)?.tenant).toBe('acme')
  })

  it('is refused from two gateways at once', async () => {
    gateways = [plain, { ...plain, name: 'other', header: 'x-user' }]
    expect(await ask(['Remote-User', 'alice', 'X-User', 'alice'])).toBe('unauthenticated')
    expect(await ask(['X-User', 'alice'])).toBe('id-of-alice')
    expect(asked.at(-1)?.source).toBe('other')
  })
})

describe('the secret of a gateway', () => {
  const secret = { header: 'x-gateway-secret', value: 'a-very-long-secret-of-the-gateway' }

  it('is enough without addresses, and needed beside them', async () => {
    for (const gateway of [
      { ...plain, secret, from: undefined },
      { ...plain, secret },
    ]) {
      gateways = [gateway]
      expect(await ask(['Remote-User', 'alice', 'X-Gateway-Secret', secret.value])).toBe('id-of-alice')
      for (const headers of [
        ['X-Gateway-Secret', 'a-very-long-secret-of-the-gatewaY'],
        ['X-Gateway-Secret', ''],
        ['X_Gateway_Secret', secret.value],
        ['X-Gateway-Secret', secret.value, 'X-Gateway-Secret', secret.value],
        [],
      ])
        expect(await ask(['Remote-User', 'alice', ...headers]), headers.join()).toBe('nobody')
    }
    expect(await ask(['Remote-User', 'alice', 'X-Gateway-Secret', secret.value], '192.0.2.1')).toBe('nobody')
  })

  it('is not replaced by nothing at all', async () => {
    gateways = [{ ...plain, from: undefined }]
    expect(await ask(['Remote-User', 'alice'])).toBe('nobody')
    gateways = [{ ...plain, from: [] }]
    expect(await ask(['Remote-User', 'alice'])).toBe('nobody')
  })
})

test.each([
  [{ header: 'Remote-User' }, /anybody could send this header/],
  [{ header: 'Remote-User', from: [] }, /anybody could send this header/],
  [{ from: ['10.0.0.1'] }, /name header, or a preset/],
  [{ header: 'Remote_User', from: ['10.0.0.1'] }, /no underscore/],
  [{ header: 'Authorization', from: ['10.0.0.1'] }, /meaning of its own/],
  [{ header: 'X-Forwarded-For', from: ['10.0.0.1'] }, /meaning of its own/],
  [{ preset: 'authelia', from: ['0.0.0.0/0'] }, /is everybody/],
  [{ preset: 'authelia', from: ['10.0.0.1/8'] }, /write 10\.0\.0\.0\/8/],
  [{ preset: 'authelia', secret_header: 'X-Secret' }, /needs its secret/],
  [{ preset: 'authelia', from: ['10.0.0.1'], secret_env: 'X' }, /needs its secret/],
  [{ header: 'X-A', groups_header: 'x-a', from: ['10.0.0.1'] }, /cannot hold two things/],
  [{ preset: 'authelia', from: ['10.0.0.1'], logout_url: '/logout' }, /whole address/],
  [{ preset: 'authelia', from: ['10.0.0.1'], logout_url: 'javascript:alert(1)' }, /whole address/],
  [{ preset: 'authelia', from: ['10.0.0.1'], logout_url: 'https://a:b@c.test' }, /whole address/],
  [{ preset: 'tailscale', from: ['127.0.0.1'], accounts: { roles: { a: 'user' } } }, /does not say where they are/],
])('%j is refused with the cure', (entry, sentence) => {
  const { error } = trustedHeadersSchema.safeParse([{ name: 'sso', ...entry }])
  expect(error?.issues.map(({ message }) => message).join('\n')).toMatch(sentence)
})

test('two gateways of one name are refused', () => {
  const entry = { name: 'sso', preset: 'authelia', from: ['10.0.0.1'] }
  expect(trustedHeadersSchema.safeParse([entry, entry]).success).toBe(false)
  expect(trustedHeadersSchema.safeParse([entry, { ...entry, name: 'other' }]).success).toBe(true)
})

describe('another name that leads here', () => {
  const says = ['Remote-User', 'alice']

  it('gains nothing from the word of a gateway', async () => {
    expect(await ask([...says, 'Host', 'comfy.example.com'])).toBe('id-of-alice')
    expect(await ask([...says, 'Host', 'rebound.evil.test'])).toBe('unknown_host')
    expect(await ask([...says, 'Host', 'comfy.example.com', 'Host', 'rebound.evil.test'])).toBe('unknown_host')
    expect(asked).toHaveLength(1)
  })

  it("is nobody else's business: without that word it is not looked at", async () => {
    expect(await ask(['Host', 'rebound.evil.test'])).toBe('nobody')
    expect(await ask([...says, 'Host', 'rebound.evil.test'], '203.0.113.9')).toBe('nobody')
  })
})
