/** How fast is the forwarding lane, as ratios to nginx with an API-key check (targets 1 to 4)? */
import { type Door, startAiohttpUpstream, startGatehouse, startNginx, startNodeUpstream } from './doors.ts'
import { type Measured, measure, median, residentBytes } from './load.ts'
import type { Row } from './report.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
const seconds = Number(process.env.BENCH_SECONDS ?? 3)

interface Pair {
  readonly gatehouse: Measured
  readonly nginx: Measured
}

/** Interleaved rounds, so that a slow minute of the machine hits both. */
async function compare(gatehouse: Door, nginx: Door, path: string, connections: number): Promise<readonly Pair[]> {
  const pairs: Pair[] = []
  for (let round = 0; round < rounds; round += 1) {
    const one = await measure(
      { url: `${gatehouse.url}${path}`, connections, seconds, headers: gatehouse.headers },
      gatehouse.pids,
    )
    const other = await measure(
      { url: `${nginx.url}${path}`, connections, seconds, headers: nginx.headers },
      nginx.pids,
    )
    pairs.push({ gatehouse: one, nginx: other })
  }
  return pairs
}

function ratio(pairs: readonly Pair[], figure: (measured: Measured) => number): number {
  return median(pairs.map((pair) => figure(pair.gatehouse) / figure(pair.nginx)))
}

export async function laneRows(python: string | undefined): Promise<readonly Row[]> {
  const rows: Row[] = []
  await using upstream = await startNodeUpstream()
  await using gatehouse = await startGatehouse(upstream.url)
  await using nginx = await startNginx(upstream.url)
  const busy = await compare(gatehouse, nginx, '/bench/small', 32)
  rows.push(
    {
      what: '1 KB GET, 32 connections, node upstream: requests/s of nginx',
      value: ratio(busy, (m) => m.requestsPerSecond),
      must: '>= 0.30',
      excellent: '>= 0.50',
    },
    {
      what: 'processor time per request of nginx',
      value: ratio(busy, (m) => m.cpuMsPerRequest),
      must: '<= 5',
      excellent: '<= 3',
    },
    { what: 'p99 at 32 connections of nginx', value: ratio(busy, (m) => m.p99Ms), must: '<= 6', excellent: '<= 3.5' },
  )
  const calm = await compare(gatehouse, nginx, '/bench/small', 1)
  rows.push({
    what: 'added p50 at one connection over nginx, ms',
    value: median(calm.map((pair) => pair.gatehouse.p50Ms - pair.nginx.p50Ms)),
    must: '<= 0.15',
    excellent: '<= 0.10',
  })
  rows.push({
    what: 'authenticated requests/s of the same lane without authentication',
    value: await authenticationCost(gatehouse),
    must: '>= 0.75',
    excellent: '>= 0.85',
  })
  const large = await compare(gatehouse, nginx, '/bench/large', 4)
  rows.push({
    what: '2 MB GET: MB/s of nginx',
    value: ratio(large, (m) => m.bytesPerSecond),
    must: '>= 0.40',
    excellent: '>= 0.60',
  })
  rows.push({
    what: 'resident memory after all that, MB',
    value: residentBytes(gatehouse.pids[0] ?? 0) / 1024 ** 2,
    must: '<= 200',
    excellent: '<= 130',
  })
  return [...rows, ...(await aiohttpRows(python))]
}

/** The health of strangers is answered by Express; a public asset is the same lane without a credential. */
async function authenticationCost(gatehouse: Door): Promise<number> {
  const ratios: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const path = '/materialdesignicons.min.css'
    const withKey = await measure(
      { url: `${gatehouse.url}${path}`, connections: 32, seconds, headers: gatehouse.headers },
      gatehouse.pids,
    )
    const without = await measure(
      { url: `${gatehouse.url}${path}`, connections: 32, seconds, headers: {} },
      gatehouse.pids,
    )
    ratios.push(withKey.requestsPerSecond / without.requestsPerSecond)
  }
  return median(ratios)
}

async function aiohttpRows(python: string | undefined): Promise<readonly Row[]> {
  await using upstream = await startAiohttpUpstream(python)
  if (upstream === undefined)
    return [
      {
        what: '1 KB GET, aiohttp upstream: no ComfyUI with its interpreter was found',
        value: undefined,
        must: '>= 0.75',
        excellent: '>= 0.90',
      },
    ]
  await using gatehouse = await startGatehouse(upstream.url)
  await using nginx = await startNginx(upstream.url)
  const pairs = await compare(gatehouse, nginx, '/bench/small', 32)
  return [
    {
      what: '1 KB GET, 32 connections, aiohttp upstream: requests/s of nginx',
      value: ratio(pairs, (m) => m.requestsPerSecond),
      must: '>= 0.75',
      excellent: '>= 0.90',
    },
  ]
}
