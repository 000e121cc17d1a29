/** What does each way to prove oneself cost a request? Processor time of the sidecar, as ratios to the session cookie. */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, get, type OutgoingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { issue, jwkOf, keyPairs } from '../../sidecar/src/identity/jwt/forge.ts'
import { until } from '../support/person.ts'
import { benchUser, type Door, startGatehouse, startNodeUpstream } from './doors.ts'
import { cpuMs, median } from './load.ts'
import type { Row } from './report.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 7)
const requestCount = Number(process.env.BENCH_REQUESTS ?? 3_000)
const together = 32

/** One way to prove oneself, with what it needs in the configuration; another file adds its own to `methods`. */
interface Method {
  readonly what: string
  /** Of one request after another: the same again and again, or a new one each time. */
  readonly headers: (door: Door) => Promise<(index: number) => OutgoingHttpHeaders>
  readonly must: string
  readonly excellent: string
}

const issuer = 'https://issuer.bench.example'
const signers = {
  RS256: keyPairs.rsa,
  ES256: keyPairs.p256,
  EdDSA: keyPairs.ed25519,
} as const

const settings = `auth:
  jwt:
    - name: bench
      issuer: ${issuer}
      audience: comfyui
      accounts: { names: shared }
      jwks: ${JSON.stringify({ keys: Object.entries(signers).map(([kid, { publicKey }]) => jwkOf(publicKey, { kid })) })}
`

const token = (alg: keyof typeof signers): Promise<string> => {
  const nowSeconds = Math.floor(Date.now() / 1_000)
  const claims = { iss: issuer, aud: 'comfyui', sub: benchUser.username, jti: randomUUID(), exp: nowSeconds + 3_600 }
  return issue(claims, { alg, kid: alg }, signers[alg].privateKey)
}

const same = (headers: OutgoingHttpHeaders) => (): OutgoingHttpHeaders => headers

const methods: readonly Method[] = [
  {
    what: 'an API key',
    headers: async (door) => same(door.headers),
    must: '<= 1.25',
    excellent: '<= 1.1',
  },
  {
    what: 'a password (HTTP Basic), remembered',
    headers: async () => {
      const pair = Buffer.from(`${benchUser.username}:${benchUser.password}`).toString('base64')
      return same({ authorization: `Basic ${pair}` })
    },
    must: '<= 1.25',
    excellent: '<= 1.1',
  },
  {
    what: 'a JSON Web Token, remembered',
    headers: async () => same({ authorization: `Bearer ${await token('RS256')}` }),
    must: '<= 1.25',
    excellent: '<= 1.1',
  },
  ...(['RS256', 'ES256', 'EdDSA'] as const).map((alg) => ({
    what: `a JSON Web Token never seen before, ${alg}`,
    headers: async () => {
      const texts = await Promise.all(Array.from({ length: requestCount }, () => token(alg)))
      return (index: number) => ({ authorization: `Bearer ${texts[index]}` })
    },
    must: '<= 5',
    excellent: '<= 3',
  })),
]

export async function identityRows(): Promise<readonly Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  const turns = join(directory, 'turns')
  try {
    await using upstream = await startNodeUpstream()
    await using door = await startGatehouse(
      upstream.url,
      { NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'turn-probe.ts'))}`, BENCH_TURNS: turns },
      settings,
    )
    const cookie = same({ cookie: await logIn(door) })
    const spent = new Map(
      methods.map(({ what }) => [what, [] as { readonly ratio: number; readonly turnMs: number }[]]),
    )
    for (let round = 0; round < rounds; round += 1) {
      for (const { what, headers } of methods) {
        const own = await headers(door)
        // Once for the caches; a new one each time has none.
        await load(door, own, 1)
        const byCookie = await costOf(door, cookie)
        await longestTurn(door, turns)
        const byMethod = await costOf(door, own)
        spent.get(what)?.push({ ratio: byMethod / byCookie, turnMs: await longestTurn(door, turns) })
      }
    }
    return methods.flatMap(({ what, must, excellent }) => {
      const seen = spent.get(what) ?? []
      return [
        {
          what: `${what}: processor time of a session's request`,
          value: median(seen.map(({ ratio }) => ratio)),
          must,
          excellent,
        },
        {
          what: `${what}: longest turn, ms`,
          value: median(seen.map(({ turnMs }) => turnMs)),
          must: '<= 50',
          excellent: '<= 25',
        },
      ]
    })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Milliseconds of processor time for each request. */
async function costOf(door: Door, headers: (index: number) => OutgoingHttpHeaders): Promise<number> {
  const before = cpuMs(door.pids)
  await load(door, headers, requestCount)
  return (cpuMs(door.pids) - before) / requestCount
}

async function load(door: Door, headers: (index: number) => OutgoingHttpHeaders, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: together })
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) await ask(`${door.url}/bench/small`, headers(next++), agent)
  }
  await Promise.all(Array.from({ length: Math.min(together, count) }, worker))
  agent.destroy()
}

function ask(url: string, headers: OutgoingHttpHeaders, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`answered ${answer.statusCode}`))
      answer.resume().on('end', resolve).on('error', reject)
    }).on('error', reject)
  })
}

/** Since the last time it was asked. */
async function longestTurn(door: Door, turns: string): Promise<number> {
  rmSync(turns, { force: true })
  for (const pid of door.pids) process.kill(pid, 'SIGUSR2')
  return until(async () => {
    const told = existsSync(turns) ? readFileSync(turns, 'utf8') : ''
    return told === '' ? undefined : Number(told)
  })
}

async function logIn(door: Door): Promise<string> {
  const answer = await fetch(`${door.url}/gatehouse/api/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(benchUser),
  })
  if (answer.status !== 200) throw new Error(`the log-in was answered ${answer.status}: ${await answer.text()}`)
  return answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
}
