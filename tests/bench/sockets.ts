/** What do two hundred open pages cost while a job tells of its progress (target 5)? Against nginx with a socket each. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createPerson, parseRecord } from '../support/person.ts'
import { type Door, startGatehouse, startNginx } from './doors.ts'
import { cpuMs, median } from './load.ts'
import type { Row } from './report.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
const seconds = Number(process.env.BENCH_SECONDS ?? 3)
const socketCount = 200
const loadCore = '1'
const clientId = 'bench'

interface Heard {
  readonly lost: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMs: number
}

interface Child {
  readonly process: ChildProcessWithoutNullStreams
  readonly line: () => Promise<string>
}

function start(script: string, args: readonly string[]): Child {
  const child = spawn('taskset', ['-c', loadCore, process.execPath, join(import.meta.dirname, script), ...args])
  child.stderr.pipe(process.stderr)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    process: child,
    line: async () => {
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`${script} ended`)
      return value
    },
  }
}

async function measure(door: Door, source: Child, rate: number): Promise<Heard> {
  const url = `${door.url.replace('http', 'ws')}/ws?clientId=${clientId}`
  const readers = start('socket-readers.ts', [
    url,
    door.headers.Authorization ?? '',
    String(socketCount),
    String(rate * seconds),
  ])
  if ((await readers.line()) !== 'ready') throw new Error('the readers are not there')
  const before = cpuMs(door.pids)
  source.process.stdin.write(`${rate} ${seconds}\n`)
  const heard = parseHeard(await readers.line())
  const spent = cpuMs(door.pids) - before
  if (readers.process.exitCode === null) await once(readers.process, 'exit')
  return { ...heard, cpuMs: spent }
}

export async function socketRows(): Promise<readonly Row[]> {
  const source = start('socket-source.ts', [])
  try {
    const upstream = await source.line()
    await using gatehouse = await startGatehouse(upstream)
    await using nginx = await startNginx(upstream)
    const key = (gatehouse.headers.Authorization ?? '').replace('Bearer ', '')
    const person = createPerson({ name: 'bench', address: gatehouse.url, key })
    await person.queues({ '1': { class_type: 'PreviewAny', inputs: { source: 'x' } } }, { client_id: clientId })
    const rows: Row[] = []
    for (const rate of [40, 200]) rows.push(...(await rowsAt(rate, { gatehouse, nginx, source })))
    return rows
  } finally {
    source.process.stdin.end()
  }
}

interface Doors {
  readonly gatehouse: Door
  readonly nginx: Door
  readonly source: Child
}

async function rowsAt(rate: number, { gatehouse, nginx, source }: Doors): Promise<readonly Row[]> {
  const pairs: { readonly own: Heard; readonly other: Heard }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const own = await measure(gatehouse, source, rate)
    pairs.push({ own, other: await measure(nginx, source, rate) })
  }
  const what = `${socketCount} sockets, ${(socketCount * rate) / 1000}k messages/s`
  const ratio = (figure: (heard: Heard) => number) => median(pairs.map(({ own, other }) => figure(own) / figure(other)))
  const row = (name: string, value: number, must: string, excellent: string) => ({
    ...{ what: `${what}: ${name}`, value, must, excellent },
  })
  return [
    row('lost', Math.max(...pairs.map(({ own }) => own.lost)), '<= 0', '<= 0'),
    row(
      'p99 of nginx',
      ratio((heard) => heard.p99Ms),
      '<= 1.25',
      '<= 1.1',
    ),
    row(
      'processor time of nginx',
      ratio((heard) => heard.cpuMs),
      '<= 2.5',
      '<= 2',
    ),
  ]
}

function parseHeard(line: string): Omit<Heard, 'cpuMs'> {
  const { lost, p50Ms, p99Ms } = parseRecord(JSON.parse(line))
  return { lost: Number(lost), p50Ms: Number(p50Ms), p99Ms: Number(p99Ms) }
}
