/** How does a sidecar in a process of its own come up, with one user, its memory in sight? */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { gatehouse, startUp, type Up } from '../cli/gatehouse.ts'
import { type PracticeComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'
import { createPerson, type Person, until } from '../support/person.ts'

export interface OwnProcess extends AsyncDisposable {
  readonly directory: string
  readonly practice: PracticeComfyui
  readonly up: Up
  readonly alice: Person
  /** The tenant's folder below ComfyUI's input. */
  readonly inputFolder: () => string
  /** Resident memory of the sidecar in bytes; 0 where the system does not tell. */
  readonly residentBytes: () => number
}

const megabyte = 1024 * 1024

export async function startOwnProcess(): Promise<OwnProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-own-'))
  const practice = await startPracticeComfyui()
  const data = ['--data', directory]
  const env = { HOME: directory }
  const config = join(directory, 'gatehouse.yaml')
  writeFileSync(config, 'limits: {key_prompts_per_minute: 100000, key_prompt_burst: 100000}\n')
  const up = await startUp([...data, '--config', config, '--comfyui', practice.url], { env })
  const stdin = 'amber Lantern 4711'
  const added = await gatehouse(['user', 'add', 'alice', '--role', 'user', '--password-stdin', ...data], { stdin, env })
  expect(added).toMatchObject({ code: 0 })
  const { stdout } = await gatehouse(['token', 'create', '--user', 'alice', ...data], { env })
  const alice = createPerson({ name: 'alice', address: up.address, key: stdout.trim() })
  await until(async () => ((await alice.fetch('/ready')).status === 200 ? true : undefined))
  const input = join(practice.baseDirectory, 'input')
  // What the first uploads allocate for good is no growth.
  for (let round = 0; round < 3; round += 1) {
    const warm = await alice.uploads('warm.png', new Uint8Array(32 * megabyte), { overwrite: 'true' })
    expect(warm.status).toBe(200)
  }
  return {
    directory,
    practice,
    up,
    alice,
    inputFolder: () => join(input, readdirSync(input).find((name) => /^[a-z0-9]{20}$/.test(name)) ?? ''),
    residentBytes: () => residentBytes(up),
    [Symbol.asyncDispose]: async () => {
      await up[Symbol.asyncDispose]()
      await practice.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Linux tells it in pages of 4 KB. */
function residentBytes({ process: sidecar }: Up): number {
  const file = `/proc/${sidecar.pid}/statm`
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[1]) * 4096 : 0
}
