/** Does judging a prompt make anybody wait? The normaliser alone, and everybody else while it has five megabytes in hand. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { NormaliseContext } from '../../sidecar/src/prompt/contract.ts'
import { normaliseInTurns, normalisePrompt } from '../../sidecar/src/prompt/normalise.ts'
import { world } from '../../sidecar/src/prompt/world-fixture.ts'
import { isArray, isObject } from '../../sidecar/src/transform/json-shape.ts'
import { parseJson, parseJsonInTurns, stringifyJson } from '../../sidecar/src/transform/lossless-json.ts'
import { until } from '../support/person.ts'
import { freePort } from '../support/real-comfyui.ts'
import { type Door, startGatehouse } from './doors.ts'
import { median } from './load.ts'
import { promptBody } from './prompts.ts'
import type { Row } from './report.ts'

const bench = import.meta.dirname
const rounds = Number(process.env.BENCH_ROUNDS ?? 7)
const repeats = Number(process.env.BENCH_REPEATS ?? 600)

const large: readonly (readonly [what: string, body: string])[] = [
  ['5 MB, most of it the workflow', promptBody(300, 40, 15_000)],
  ['5 MB, most of it nodes', promptBody(2_000, 20_000, 2_000)],
  ['5 MB, most of it text', promptBody(100, 500_000, 100)],
]

export async function normaliserRows(): Promise<readonly Row[]> {
  const context = practiceContext()
  const small = parseJson(promptBody(300))
  if (!normalisePrompt(small, context).ok) throw new Error('the graph of the bench is refused')
  const rows: Row[] = [
    {
      what: 'judging a graph of 300 nodes: p50, ms',
      value: median(await several(async () => halfOf(() => normalisePrompt(small, context)))),
      must: '<= 3',
      excellent: '<= 1.5',
    },
  ]
  for (const [what, body] of large) {
    rows.push({
      what: `${what}: longest stage of reading and judging, ms`,
      value: median(await several(() => longestTurn(() => judgeText(body, context)))),
      must: '<= 50',
      excellent: '<= 25',
    })
  }
  return [...rows, ...(await doorRows())]
}

async function judgeText(body: string, context: NormaliseContext): Promise<void> {
  const result = await normaliseInTurns(await parseJsonInTurns(body), context)
  if (!result.ok) throw new Error(`a prompt of the bench is refused: ${stringifyJson(result.value).slice(0, 300)}`)
}

/** Everything the built sidecar does with such a prompt: in its longest turn it serves nobody else. */
async function doorRows(): Promise<readonly Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  const turns = join(directory, 'turns')
  const port = await freePort()
  const practice = spawn(process.execPath, [join(bench, '../practice-comfyui/main.ts'), '--port', `${port}`], {
    stdio: 'ignore',
  })
  try {
    const upstream = `http://127.0.0.1:${port}`
    await until(async () => (await fetch(`${upstream}/queue`).catch(() => undefined))?.ok)
    await using door = await startGatehouse(upstream, {
      NODE_OPTIONS: `--import=${pathToFileURL(join(bench, 'turn-probe.ts'))}`,
      BENCH_TURNS: turns,
    })
    const rows: Row[] = []
    for (const [what, body] of large) {
      rows.push({
        what: `${what}: longest turn of the sidecar, ms`,
        value: median(await several(() => longestTurnOf(door, body, turns))),
        must: '<= 50',
        excellent: '<= 25',
      })
    }
    return rows
  } finally {
    practice.kill('SIGTERM')
    await once(practice, 'exit')
    rmSync(directory, { recursive: true, force: true })
  }
}

async function longestTurnOf(door: Door, body: string, turns: string): Promise<number> {
  const tell = async (): Promise<number> => {
    rmSync(turns, { force: true })
    for (const pid of door.pids) process.kill(pid, 'SIGUSR2')
    return until(async () => {
      const told = existsSync(turns) ? readFileSync(turns, 'utf8') : ''
      return told === '' ? undefined : Number(told)
    })
  }
  await tell()
  const answer = await fetch(`${door.url}/prompt`, { method: 'POST', headers: { ...door.headers }, body })
  if (answer.status !== 200) throw new Error(`the prompt was answered ${answer.status}: ${await answer.text()}`)
  await answer.arrayBuffer()
  return tell()
}

/** Processor time of this thread: a machine that is busy with others makes no turn longer. */
function usedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

/** The longest time for which nobody else had a turn of the loop. */
async function longestTurn(work: () => Promise<void>): Promise<number> {
  let [longest, ended] = [0, false]
  const watch = (async () => {
    for (let last = usedMs(); !ended; ) {
      await nextTurn()
      const now = usedMs()
      longest = Math.max(longest, now - last)
      last = now
    }
  })()
  await nextTurn()
  await work()
  ended = true
  await watch
  return longest
}

// Some kernels count processor time in ticks of 4 ms, longer than one judgement.
const together = 20

/** What `work` takes in the median of many groups. */
function halfOf(work: () => void): number {
  return median(
    Array.from({ length: Math.ceil(repeats / together) }, () => {
      const begun = usedMs()
      for (let one = 0; one < together; one++) work()
      return (usedMs() - begun) / together
    }),
  )
}

async function several(measureOnce: () => Promise<number>): Promise<readonly number[]> {
  const values: number[] = []
  for (let round = 0; round < rounds; round++) values.push(await measureOnce())
  return values
}

/** The classes of the practice ComfyUI, with limits that let megabytes through. */
function practiceContext(): NormaliseContext {
  const file = join(bench, '../fixtures/object-info.practice.json')
  const info = parseJson(readFileSync(file, 'utf8'))
  if (!isObject(info)) throw new Error('the fixture is no object')
  const classes = new Map(
    Object.entries(info).flatMap(([name, entry]) => (isObject(entry) && !isArray(entry) ? [[name, entry]] : [])),
  )
  return { ...world, objectInfo: { version: 'practice', classes } }
}
