/** How does a real ComfyUI stand under the supervisor, with nodes that break it, and a sidecar in front of both? */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../../sidecar/src/config/config.ts'
import { createSupervisor, type SupervisorExit } from '../../sidecar/src/supervisor/supervise.ts'
import { until } from '../support/person.ts'
import { findRealComfyui, noRealComfyui } from '../support/real-comfyui.ts'
import { createWorld, type World } from '../support/world.ts'

export interface SupervisedComfyui extends AsyncDisposable {
  readonly world: World
  /** Where the process itself answers, without Gatehouse. */
  readonly url: string
  readonly directory: string
  /** How often it ended so far, and how. */
  readonly exits: readonly SupervisorExit[]
  readonly said: readonly string[]
}

const startTimeoutMs = 180_000
const folders = ['custom_nodes', 'input', 'output', 'temp', 'user', 'models']

export async function startSupervisedComfyui(limits: Partial<Config['limits']> = {}): Promise<SupervisedComfyui> {
  const place = findRealComfyui()
  if (place === undefined) throw new Error(noRealComfyui)
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-supervised-'))
  for (const folder of folders) mkdirSync(join(directory, folder))
  cpSync(join(import.meta.dirname, 'faulty-pack'), join(directory, 'custom_nodes', 'faulty-pack'), { recursive: true })
  const exits: SupervisorExit[] = []
  const said: string[] = []
  const say = (sentence: string) => void said.push(sentence)
  const supervisor = await createSupervisor({
    // Its many tracebacks are wanted here, and would bury the sentences of the tests.
    command: '/bin/sh',
    args: [
      ...['-c', `exec "$0" "$@" > ${join(directory, 'comfyui.log')} 2>&1`, place.python],
      ...[join(place.directory, 'main.py'), '--cpu', '--disable-api-nodes', '--base-directory', directory],
    ],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PYTHONDONTWRITEBYTECODE: '1' },
    log: { info: say, error: say },
    onExit: (exit) => exits.push(exit),
    mayBeUnguarded: true,
    timing: { graceMs: 5_000, firstRestartMs: 100 },
  })
  const world = await createWorld({
    comfyuiUrl: supervisor.upstreamUrl.origin,
    restartComfyui: supervisor.restart,
    config: (config) => ({
      ...config,
      nodes: { ...config.nodes, admit: ['Faulty*'] },
      limits: { ...config.limits, ...limits },
    }),
  })
  supervisor.start()
  const close = async () => {
    await world[Symbol.asyncDispose]()
    await supervisor.stop()
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    await until(async () => ((await world.alice.fetch('/ready')).status === 200 ? true : undefined), startTimeoutMs)
  } catch (error) {
    await close()
    throw error
  }
  return { world, url: supervisor.upstreamUrl.origin, directory, exits, said, [Symbol.asyncDispose]: close }
}
