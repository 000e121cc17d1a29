/** How much does a door carry, and at what cost? wrk for load, /proc for processor time. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Load {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  readonly headers: Readonly<Record<string, string>>
}

export interface Measured {
  readonly requestsPerSecond: number
  readonly bytesPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Milliseconds of processor time of the door for each request. */
  readonly cpuMsPerRequest: number
}

/** wrk and the upstream share one core, the door has the other. */
const loadCore = '1'

/** Loads `url`; `pids` are the door's processes. @throws when an answer is no success */
export async function measure(load: Load, pids: readonly number[]): Promise<Measured> {
  const before = cpuMs(pids)
  const headers = Object.entries(load.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const { stdout } = await run('taskset', [
    '-c',
    loadCore,
    'wrk',
    '-t1',
    `-c${load.connections}`,
    `-d${load.seconds}s`,
    '--latency',
    ...headers,
    load.url,
  ])
  const spent = cpuMs(pids) - before
  const requests = figure(stdout, /(\d+) requests in/)
  if (/Non-2xx/.test(stdout) || requests === 0) throw new Error(`${load.url} did not answer with success:\n${stdout}`)
  return {
    requestsPerSecond: figure(stdout, /Requests\/sec:\s+([\d.]+)/),
    bytesPerSecond: bytes(/Transfer\/sec:\s+([\d.]+)(\w+)/.exec(stdout)),
    p50Ms: latencyMs(stdout, '50%'),
    p99Ms: latencyMs(stdout, '99%'),
    cpuMsPerRequest: spent / requests,
  }
}

/** User and system time of processes and their threads (proc(5), clock ticks of 10 ms). */
export function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return sum + (Number(fields[11]) + Number(fields[12])) * 10
  }, 0)
}

/** Bytes of resident memory. */
export function residentBytes(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
  return pages * 4096
}

/** Direct children, such as nginx's worker. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid)
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1])
  } catch {
    // It ended while we looked.
    return undefined
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function figure(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0)
}

function latencyMs(text: string, label: string): number {
  const found = new RegExp(`${label}\\s+([\\d.]+)(us|ms|s)`).exec(text)
  const unit = found?.[2] === 'us' ? 0.001 : found?.[2] === 's' ? 1000 : 1
  return Number(found?.[1] ?? Number.NaN) * unit
}

function bytes(found: RegExpExecArray | null): number {
  const unit = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }[found?.[2] ?? 'B'] ?? 1
  return Number(found?.[1] ?? 0) * unit
}
