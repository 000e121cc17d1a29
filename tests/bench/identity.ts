/** What does each way to prove oneself cost a request? Processor time of the sidecar, as ratios to the session cookie. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get, Agent as HttpAgent, type IncomingMessage, request } from 'node:http'
import { Agent as HttpsAgent, get as secureGet, request as secureRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createAuthority, openAuthority } from '../../sidecar/src/tls/private-authority.ts'
import { until } from '../support/person.ts'
import { benchUser, type Door, startGatehouse, startNodeUpstream } from './doors.ts'
import { type Method, methods, type Sent, settings } from './identity-methods.ts'
import { cpuMs, median } from './load.ts'
import type { Row } from './report.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 7)
const manyCount = Number(process.env.BENCH_REQUESTS ?? 3_000)
const together = 32

interface Spent {
  readonly ratio: number
  readonly turnMs: number
}

/** Who asks, and over what. */
interface Asker {
  readonly door: Door
  readonly path: string
  /** Whether every request opens a connection of its own. */
  readonly isNew?: boolean
  readonly tls?: { readonly ca: Buffer; readonly cert?: Buffer; readonly key?: Buffer }
}

export async function identityRows(): Promise<readonly Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  const turns = join(directory, 'turns')
  const probe = {
    NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'turn-probe.ts'))}`,
    BENCH_TURNS: turns,
  }
  try {
    await using upstream = await startNodeUpstream()
    const rows = await inClear(upstream, directory, probe, turns)
    return [...rows, ...(await overTls(upstream, directory, probe, turns))]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

type Probe = Readonly<Record<string, string>>

async function inClear(upstream: Door, directory: string, probe: Probe, turns: string): Promise<readonly Row[]> {
  await using door = await startGatehouse(upstream.url, probe, settings(directory, rounds))
  const session: Sent = { headers: { cookie: await logIn(door) } }
  const spent = new Map(methods.map(({ what }) => [what, [] as Spent[]]))
  for (let round = 0; round < rounds; round += 1) {
    for (const method of methods) {
      const { path = '/bench/small', requestCount = manyCount } = method
      const own = await method.sent(door, round, requestCount)
      // Once for the caches; a new one each time has none, and where few are made none is spent on it.
      if (method.requestCount === undefined) await load({ door, path }, own, 1)
      spent
        .get(method.what)
        ?.push(await compare({ door, path }, own, { door, path }, () => session, requestCount, turns))
    }
  }
  return methods.flatMap((method) => rowsOf(method, spent.get(method.what) ?? [], "a session's request"))
}

/** With a certificate and without a cookie, against a cookie over the same own TLS; connections kept, and new. */
async function overTls(upstream: Door, directory: string, probe: Probe, turns: string): Promise<readonly Row[]> {
  const lab = join(directory, 'lab')
  await createAuthority(lab, 'a lab', 2)
  const authority = await openAuthority(lab)
  await authority.signServer(['127.0.0.1'], 2)
  await authority.signClient(benchUser.username, [], 2)
  const file = (name: string): string => join(lab, name)
  const ca = readFileSync(file('ca.crt'))
  const yaml = `server:
  tls_cert_file: ${file('server.crt')}
  tls_key_file: ${file('server.key')}
  tls_client_ca_file: ${file('ca.crt')}
  tls_client_crl_file: ${file('crl.pem')}
auth:
  client_certificates: [{ user: ${benchUser.username}, cn: ${benchUser.username} }]
`
  await using door = await startGatehouse(upstream.url, probe, yaml, ca)
  const session: Sent = { headers: { cookie: await logIn(door) } }
  const tls = { ca, cert: readFileSync(file('bench.crt')), key: readFileSync(file('bench.key')) }
  const rows: Row[] = []
  for (const { what, isNew, count, must, excellent } of [
    {
      what: 'a client certificate, connections kept',
      isNew: false,
      count: manyCount,
      must: '<= 2',
      excellent: '<= 1.25',
    },
    { what: 'a client certificate, a connection each', isNew: true, count: 300, must: '-', excellent: '-' },
  ]) {
    const path = '/bench/small'
    const spent: Spent[] = []
    for (let round = 0; round < rounds; round += 1) {
      const bySession: Asker = { door, path, isNew, tls: { ca } }
      spent.push(
        await compare(
          { door, path, isNew, tls },
          () => ({}),
          bySession,
          () => session,
          count,
          turns,
        ),
      )
    }
    rows.push(...rowsOf({ what, must, excellent }, spent, "a session's request over own TLS"))
  }
  return rows
}

function rowsOf(
  { what, must, excellent }: Pick<Method, 'what' | 'must' | 'excellent'>,
  seen: readonly Spent[],
  of: string,
): readonly Row[] {
  return [
    { what: `${what}: processor time of ${of}`, value: median(seen.map(({ ratio }) => ratio)), must, excellent },
    {
      what: `${what}: longest turn, ms`,
      value: median(seen.map(({ turnMs }) => turnMs)),
      must: '<= 50',
      excellent: '<= 25',
    },
  ]
}

async function compare(
  asker: Asker,
  own: (index: number) => Sent,
  other: Asker,
  session: (index: number) => Sent,
  count: number,
  turns: string,
): Promise<Spent> {
  const bySession = await costOf(other, session, other.isNew === true ? count : manyCount)
  await longestTurn(asker.door, turns)
  const byMethod = await costOf(asker, own, count)
  return { ratio: byMethod / bySession, turnMs: await longestTurn(asker.door, turns) }
}

/** Milliseconds of processor time for each request. */
async function costOf(asker: Asker, sent: (index: number) => Sent, count: number): Promise<number> {
  const before = cpuMs(asker.door.pids)
  await load(asker, sent, count)
  return (cpuMs(asker.door.pids) - before) / count
}

async function load(
  { door, path, isNew = false, tls }: Asker,
  sent: (index: number) => Sent,
  count: number,
): Promise<void> {
  // A session of TLS that is taken up again would save what is measured.
  const options = { keepAlive: !isNew, maxSockets: together, maxCachedSessions: 0 }
  const agent = tls === undefined ? new HttpAgent(options) : new HttpsAgent({ ...options, ...tls })
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const { headers = {}, query } = sent(next++)
      const mark = path.includes('?') ? '&' : '?'
      const url = `${door.url}${path}${query === undefined ? '' : `${mark}${query}`}`
      await new Promise<void>((resolve, reject) => {
        ;(tls === undefined ? get : secureGet)(url, { headers, agent }, (answer) => {
          if (answer.statusCode !== 200) reject(new Error(`${path} was answered ${answer.statusCode}`))
          answer.resume().on('end', resolve).on('error', reject)
        }).on('error', reject)
      })
    }
  }
  await Promise.all(Array.from({ length: Math.min(together, count) }, worker))
  agent.destroy()
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

function logIn({ url, ca }: Door): Promise<string> {
  const body = JSON.stringify(benchUser)
  const options = { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': body.length } }
  return new Promise((resolve, reject) => {
    const answered = (answer: IncomingMessage): void => {
      const cookie = answer.headers['set-cookie']?.[0]?.split(';', 1)[0]
      if (answer.statusCode === 200 && cookie !== undefined) resolve(cookie)
      else reject(new Error(`the log-in was answered ${answer.statusCode}`))
      answer.resume()
    }
    const path = `${url}/gatehouse/api/v1/login`
    const asked =
      ca === undefined
        ? request(path, options, answered)
        : secureRequest(path, { ...options, ca, agent: false }, answered)
    asked.on('error', reject).end(body)
  })
}
