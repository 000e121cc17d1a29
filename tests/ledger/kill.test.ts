/** Does an accepted job survive kill -9 at any moment, exactly once? */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeComfyui } from './fake-comfyui.ts'
import { alice, bob, marks, openLedger } from './ledger-world.ts'

const child = join(import.meta.dirname, 'kill-child.ts')

let comfyui: FakeComfyui
let dataDir: string
beforeEach(async () => {
  comfyui = new FakeComfyui()
  await comfyui.listen()
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-kill-'))
})
afterEach(async () => {
  await comfyui[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true })
})

interface Sidecar {
  readonly process: ChildProcess
  readonly ready: Promise<void>
}

function startSidecar(acknowledged: Set<number>): Sidecar {
  const sidecar = spawn(process.execPath, [child, dataDir, comfyui.url], { stdio: ['pipe', 'pipe', 'inherit'] })
  // A line that was on its way when the process died was promised all the same.
  const ready = Promise.withResolvers<void>()
  createInterface({ input: sidecar.stdout }).on('line', (line) => {
    if (line === 'ready') ready.resolve()
    else acknowledged.add(Number(line))
  })
  sidecar.stdin.on('error', () => undefined)
  return { process: sidecar, ready: ready.promise }
}

async function kill({ process: sidecar }: Sidecar): Promise<void> {
  const closed = once(sidecar, 'close')
  sidecar.kill('SIGKILL')
  await closed
}

/** Resolves when ComfyUI took `count` more prompts; it answers no more, so that the last are accepted and not promised. */
async function afterPosts(count: number): Promise<void> {
  const goal = comfyui.accepted.length + count
  await new Promise<void>((resolve) => {
    comfyui.onPost = async () => {
      if (comfyui.accepted.length < goal) return
      resolve()
      await new Promise(() => undefined)
    }
  })
  comfyui.onPost = undefined
}

/** In the middle of new prompts, of moving others behind one in front, and of posting again what ComfyUI lost. */
const deaths = [3, 9, 1, 12, 6, 1, 15, 2, 5].map((afterCount, round) => ({
  afterCount,
  withComfyui: round === 2 || round === 4,
}))

it('keeps every acknowledged job exactly once in ComfyUI, whatever moment it dies at', {
  timeout: 120_000,
}, async () => {
  const acknowledged = new Set<number>()
  let mark = 0
  for (const { afterCount, withComfyui } of deaths) {
    const sidecar = startSidecar(acknowledged)
    await sidecar.ready
    const dying = afterPosts(afterCount)
    for (let count = 0; count < 16; count += 1) {
      mark += 1
      sidecar.process.stdin?.write(`${mark}${mark % 5 === 0 ? ' front' : ''}\n`)
    }
    await dying
    await kill(sidecar)
    if (withComfyui) comfyui.restart()
  }
  const { ledger, close } = await openLedger(dataDir, () => comfyui.url)
  await ledger.reconcile()
  const waiting = marks(comfyui)
  const known = [...(await ledger.jobsOf(alice).active()), ...(await ledger.jobsOf(bob).active())]
  await close()
  expect(acknowledged.size).toBeGreaterThan(20)
  expect(waiting.filter((item) => acknowledged.has(Number(item))).toSorted()).toEqual([...acknowledged].toSorted())
  expect(new Set(waiting).size).toBe(waiting.length)
  // Nothing that nobody was promised waits behind anybody's back either.
  expect(waiting).toHaveLength(known.length)
})
