/** How does a sidecar in a process of its own come up, with one user, its memory in sight? */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { gatehouse, startUp, type Up } from '../cli/gatehouse.ts'
import { type SteppedComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'
import { createPerson, type Person, until } from '../support/person.ts'

export interface OwnProcess extends AsyncDisposable {
  readonly directory: string
  readonly practice: SteppedComfyui
  readonly up: Up
  readonly alice: Person
  /** Of another tenant. */
  readonly bob: Person
  /** The tenant's folder below ComfyUI's input. */
  readonly inputFolder: () => string
  /** Resident memory of the sidecar in bytes; 0 where the system does not tell. */
  readonly residentBytes: () => number
}

const megabyte = 1024 * 1024

/** `limits`: further lines below `limits:`, indented by two. */
export async function startOwnProcess(limits = ''): Promise<OwnProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-own-'))
  const practice = await startPracticeComfyui()
  const data = ['--data', directory]
  const env = { HOME: directory }
  const config = join(directory, 'gatehouse.yaml')
  writeFileSync(config, `limits:\n  key_prompts_per_minute: 100000\n  key_prompt_burst: 100000\n${limits}`)
  const up = await startUp([...data, '--config', config, '--comfyui', practice.url], { env })
  const stdin = 'amber Lantern 4711'
  const enrol = async (name: string): Promise<Person> => {
    const added = await gatehouse(['user', 'add', name, '--role', 'user', '--password-stdin', ...data], { stdin, env })
    expect(added).toMatchObject({ code: 0 })
    const { stdout } = await gatehouse(['token', 'create', '--user', name, ...data], { env })
    return createPerson({ name, address: up.address, key: stdout.trim() })
  }
  const alice = await enrol('alice')
  const bob = await enrol('bob')
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
    bob,
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
