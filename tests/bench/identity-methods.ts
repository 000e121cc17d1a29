/** Which ways to prove oneself are measured, and what does each need in the configuration? */
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { OutgoingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { issue, jwkOf, keyPairs } from '../../sidecar/src/identity/jwt/forge.ts'
import { parseRecord } from '../support/person.ts'
import { benchUser, type Door } from './doors.ts'

/** One request of a method. */
export interface Sent {
  readonly headers?: OutgoingHttpHeaders
  /** Of the query, where headers are impossible. */
  readonly query?: string
}

export interface Method {
  readonly what: string
  /** Asked beside the session; `/bench/small` when left out. */
  readonly path?: string
  /** Requests of one round; what is made anew for each is few. */
  readonly requestCount?: number
  /** Of one request after another: the same again and again, or a new one each time. */
  readonly sent: (door: Door, round: number, count: number) => Promise<(index: number) => Sent>
  readonly must: string
  readonly excellent: string
}

const issuer = 'https://issuer.bench.example'
const signers = {
  RS256: keyPairs.rsa,
  ES256: keyPairs.p256,
  EdDSA: keyPairs.ed25519,
} as const

/** Passwords of the list that nobody sent before; each is asked for once. */
const newcomersPerRound = 40
/** A public test vector of bcrypt, cost 10. */
const listPassword = 'abc'
const listHash = '$2a$10$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi'
const listed = { username: 'listed', password: listPassword } as const
const picture = '/view?filename=x.png&type=input'

/** One hash for all: its cost is what is measured. */
export function settings(directory: string, rounds: number): string {
  const names = Array.from({ length: rounds * newcomersPerRound }, (_, index) => `newcomer-${index}`)
  const file = join(directory, 'htpasswd')
  writeFileSync(file, [listed.username, ...names].map((name) => `${name}:${listHash}\n`).join(''))
  const jwks = { keys: Object.entries(signers).map(([kid, { publicKey }]) => jwkOf(publicKey, { kid })) }
  return `auth:
  htpasswd_file: ${JSON.stringify(file)}
  trusted_headers:
    - { name: bench, header: Remote-User, from: [127.0.0.1], accounts: { names: shared } }
  jwt:
    - name: bench
      issuer: ${issuer}
      audience: comfyui
      accounts: { names: shared }
      jwks: ${JSON.stringify(jwks)}
`
}

const token = (alg: keyof typeof signers): Promise<string> => {
  const nowSeconds = Math.floor(Date.now() / 1_000)
  const claims = { iss: issuer, aud: 'comfyui', sub: benchUser.username, jti: randomUUID(), exp: nowSeconds + 3_600 }
  return issue(claims, { alg, kid: alg }, signers[alg].privateKey)
}

const same = (headers: OutgoingHttpHeaders) => (): Sent => ({ headers })
const basic = (username: string, password: string): OutgoingHttpHeaders => ({
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
})
const remembered = { must: '<= 1.25', excellent: '<= 1.1' } as const

async function post(door: Door, path: string, body: object): Promise<Record<string, unknown>> {
  const headers = { ...door.headers, 'content-type': 'application/json' }
  const answer = await fetch(`${door.url}/gatehouse/api/v1${path}`, {
    ...{ method: 'POST', headers, body: JSON.stringify(body) },
  })
  if (!answer.ok) throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`)
  return parseRecord(await answer.json())
}

export const methods: readonly Method[] = [
  { what: 'an API key', sent: async (door) => same(door.headers), ...remembered },
  {
    what: 'a password (HTTP Basic), remembered',
    sent: async () => same(basic(benchUser.username, benchUser.password)),
    ...remembered,
  },
  {
    what: 'a password of a list (htpasswd), remembered',
    sent: async () => same(basic(listed.username, listed.password)),
    ...remembered,
  },
  {
    what: 'a password of a list never seen before, bcrypt of cost 10',
    requestCount: newcomersPerRound,
    sent: async (_door, round, count) => (index) => ({
      headers: basic(`newcomer-${round * count + index}`, listPassword),
    }),
    ...{ must: '-', excellent: '-' },
  },
  {
    what: 'a JSON Web Token, remembered',
    sent: async () => same({ authorization: `Bearer ${await token('RS256')}` }),
    ...remembered,
  },
  ...(['RS256', 'ES256', 'EdDSA'] as const).map(
    (alg): Method => ({
      what: `a JSON Web Token never seen before, ${alg}`,
      sent: async (_door, _round, count) => {
        const texts = await Promise.all(Array.from({ length: count }, () => token(alg)))
        return (index) => ({ headers: { authorization: `Bearer ${texts[index]}` } })
      },
      ...{ must: '<= 5', excellent: '<= 3' },
    }),
  ),
  {
    what: 'a token of a program, checked every time',
    sent: async (door) => {
      const { access_token: access } = await post(door, '/token', { ...benchUser })
      return same({ authorization: `Bearer ${String(access)}` })
    },
    ...{ must: '<= 2', excellent: '<= 1.5' },
  },
  {
    what: 'a ticket for a picture, looked up every time',
    path: picture,
    sent: async (door) => {
      const { ticket } = await post(door, '/tickets', { purpose: 'view', target: picture })
      return () => ({ query: `ticket=${String(ticket)}` })
    },
    ...{ must: '<= 3', excellent: '<= 2' },
  },
  {
    what: 'a header of a gateway, of somebody known',
    sent: async () => same({ 'remote-user': benchUser.username }),
    ...remembered,
  },
  {
    what: 'a header of a gateway, the first visit',
    requestCount: 200,
    sent: async (_door, round, count) => (index) => ({
      headers: { 'remote-user': `visitor-${round * count + index}` },
    }),
    ...{ must: '-', excellent: '-' },
  },
]
