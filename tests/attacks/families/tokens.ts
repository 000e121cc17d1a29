/** Does a token prove its person only, and only the real one? Deeper: sidecar/src/identity/jwt/, tests/identity/jwt-carriers.test.ts. */
import { expect } from 'vitest'
import { authSchema } from '../../../sidecar/src/config/auth-schema.ts'
import {
  audience,
  encode,
  forge,
  forgeHmac,
  issue,
  issuerUrl,
  jwkOf,
  keyPairs,
} from '../../../sidecar/src/identity/jwt/forge.ts'
import { attack, type Family } from '../attack.ts'
import { refused } from '../verdict.ts'

const { rsa, otherRsa } = keyPairs
/** The issuer is trusted with every local account: what it does not sign must prove nobody. */
const auth = authSchema.parse({
  jwt: [
    {
      name: 'studio',
      issuer: issuerUrl,
      audience,
      jwks: { keys: [jwkOf(rsa.publicKey, { kid: 'one' })] },
      cookie: 'studio_token',
      header: 'X-Studio-Token',
      accounts: { names: 'shared' },
    },
  ],
})

const nowSeconds = Math.floor(Date.now() / 1_000)
const claims = {
  iss: issuerUrl,
  aud: audience,
  sub: 'alice',
  iat: nowSeconds - 5,
  exp: nowSeconds + 36_000,
  role: 'owner',
}
const header = { alg: 'RS256', kid: 'one', typ: 'JWT' }

async function forgeries(): Promise<readonly string[]> {
  const good = await issue(claims, header, rsa.privateKey)
  const [, , signature = ''] = good.split('.')
  const bobs = await issue({ ...claims, sub: 'bob' }, header, rsa.privateKey)
  const byAttacker = (more: Readonly<Record<string, unknown>>) =>
    issue(claims, { ...header, ...more }, otherRsa.privateKey)
  return [
    forge({ ...header, alg: 'none' }, claims, ''),
    forge({ ...header, alg: 'nOnE' }, claims, 'x'),
    `${encode(header)}.${encode(claims)}.`,
    forgeHmac({ ...header, alg: 'HS256' }, claims, rsa.publicKey.export({ type: 'spki', format: 'pem' })),
    forgeHmac({ alg: 'HS256', kid: '../../../../dev/null' }, claims, ''),
    await byAttacker({}),
    await byAttacker({ kid: '../one' }),
    await byAttacker({ jku: 'http://evil.test/keys' }),
    await byAttacker({ x5u: 'http://evil.test/chain' }),
    await byAttacker({ jwk: jwkOf(otherRsa.publicKey) }),
    `${encode(header)}.${encode({ ...claims, sub: 'alice' })}.${bobs.split('.')[2]}`,
    `${encode({ ...header, alg: 'RS512' })}.${encode(claims)}.${signature}`,
    ...(await Promise.all(
      [
        { exp: nowSeconds - 60 },
        { exp: String(nowSeconds + 36_000) },
        { nbf: nowSeconds + 36_000 },
        { iat: nowSeconds + 36_000 },
        { aud: 'another-service' },
        { iss: 'https://issuer.example' },
      ].map((wrong) => issue({ ...claims, ...wrong }, header, rsa.privateKey)),
    )),
  ]
}

const webTokens = attack('A06', 'a token that is unsigned, signed by somebody else, changed, or past its time', {
  attempt: async ({ attacker, prefix }) => {
    for (const token of await forgeries()) {
      for (const headers of [
        { authorization: `Bearer ${token}` },
        { 'x-api-key': token },
        { 'x-studio-token': token },
      ]) {
        const { status } = await attacker.ask('GET', '/userdata/workflows%2Fjewel.json', { headers })
        expect(status, token).toBe(401)
        using socket = await attacker.opens('', headers)
        expect(socket.status, token).toBe(401)
      }
      const page = await attacker.ask('GET', `/userdata/workflows%2Fjewel.json?token=${token}`)
      expect(page.status, token).toBe(401)
      // A cookie that proves nobody leaves who one is by other means.
      refused(
        await attacker.ask('GET', '/userdata/workflows%2Fjewel.json', { headers: { cookie: `studio_token=${token}` } }),
        token,
      )
    }
    const huge = forge(header, { ...claims, fill: 'x'.repeat(1_000_000) }, 'x')
    const { status } = await attacker.raw(`GET ${prefix}/history`, [`Authorization: Bearer ${huge}`])
    expect([0, 400, 401, 431]).toContain(status)
  },
  control: async ({ victim }) => {
    const token = await issue(claims, header, rsa.privateKey)
    return victim.ask('GET', '/userdata/workflows%2Fjewel.json', { headers: { authorization: `Bearer ${token}` } })
  },
})

export const tokens: Family = {
  name: 'tokens of an issuer',
  world: { config: (config) => ({ ...config, auth }) },
  attacks: [webTokens],
}
