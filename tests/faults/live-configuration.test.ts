/** Is a changed configuration file obeyed while the sidecar runs, and a broken one left alone? */
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { gatehouse, startUp, type Up } from '../cli/gatehouse.ts'
import { type PracticeComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'
import { savedPicture } from '../support/graphs.ts'
import { createPerson, type Person, until } from '../support/person.ts'

const unhurried = 'key_prompts_per_minute: 100000, key_prompt_burst: 100000'

let directory: string
let file: string
let practice: PracticeComfyui
let up: Up
let alice: Person
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-live-'))
  file = join(directory, 'gatehouse.yaml')
  practice = await startPracticeComfyui()
  const env = { HOME: directory }
  const data = ['--data', join(directory, 'data')]
  writeFileSync(file, `limits: {${unhurried}}\n`)
  up = await startUp([...data, '--config', file, '--comfyui', practice.url], { env })
  const stdin = 'amber Lantern 4711'
  await gatehouse(['user', 'add', 'alice', '--role', 'user', '--password-stdin', ...data], { stdin, env })
  const { stdout } = await gatehouse(['token', 'create', '--user', 'alice', ...data], { env })
  alice = createPerson({ name: 'alice', address: up.address, key: stdout.trim() })
  await until(async () => ((await alice.fetch('/ready')).status === 200 ? true : undefined))
})
afterAll(async () => {
  await up[Symbol.asyncDispose]()
  await practice.close()
  rmSync(directory, { recursive: true, force: true })
})

/** As editors and configuration management do it: a whole new file in one step. */
function write(yaml: string): void {
  writeFileSync(`${file}.new`, yaml)
  renameSync(`${file}.new`, file)
}

async function statusOf(graph: ReturnType<typeof savedPicture>): Promise<number> {
  const answer = await alice.post('/prompt', { prompt: graph })
  await answer.arrayBuffer()
  return answer.status
}

async function answers(status: number, graph = savedPicture('cat')): Promise<void> {
  await until(async () => ((await statusOf(graph)) === status ? true : undefined))
}

function logLines(): readonly Record<string, unknown>[] {
  return up
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}

it('obeys a limit of a role that the file names from now on, and takes it back again', async () => {
  await answers(200)
  write(`limits: {${unhurried}}\nroles: {user: {limits: {nodes_per_prompt: 1}}}\n`)
  await answers(400)
  write(`limits: {${unhurried}}\nroles: {admin: {limits: {nodes_per_prompt: 1}}}\n`)
  await answers(200)
})

it('obeys a class that a role may not run any more, and warns of one that may run code from now on', async () => {
  write(
    `limits: {${unhurried}}\nnodes: {refuse: [{class: PreviewI*, roles: [user]}], allow_code_execution: [PyExec]}\n`,
  )
  await answers(400)
  await up.says(/WARNING: nodes\.allow_code_execution lets users of PyExec run code/)
  write(`limits: {${unhurried}}\nnodes: {refuse: [{class: PreviewI*, roles: [admin]}]}\n`)
  await answers(200)
})

it('obeys a rate that the file gives to a role, down and up', async () => {
  write('roles: {user: {limits: {key_prompts_per_minute: 1, key_prompt_burst: 1}}}\n')
  await answers(429)
  write(`roles: {user: {limits: {${unhurried}}}}\n`)
  await answers(200)
})

it('takes a static key that its file holds now, and no longer the one it held before', async () => {
  const keyFile = join(directory, 'static-key')
  const [first, second] = ['first-Static-key-4711', 'second-Static-key-0815']
  writeFileSync(keyFile, first)
  const status = async (key: string) =>
    (await createPerson({ name: 'ci', address: up.address, key }).fetch('/history')).status
  expect(await status(first)).toBe(401)
  write(`limits: {${unhurried}}\nauth: {static_keys: [{name: ci, user: alice, file: ${keyFile}}]}\n`)
  await until(async () => ((await status(first)) === 200 ? true : undefined))
  using listener = await createPerson({ name: 'ci', address: up.address, key: first }).listens()
  const closed = once(listener.socket, 'close')
  writeFileSync(keyFile, second)
  await until(async () => ((await status(second)) === 200 ? true : undefined))
  expect(await status(first)).toBe(401)
  expect((await closed)[0]).toBe(4401)
})

it('obeys a level of the log', async () => {
  expect(logLines().filter(({ msg }) => msg === 'request')).toEqual([])
  write(`limits: {${unhurried}}\nlog: {level: info}\n`)
  await until(async () => {
    await statusOf(savedPicture('logged'))
    return logLines().find(({ msg }) => msg === 'request')
  })
})

it('changes nothing for a file with mistakes, and tells all of them once', async () => {
  write(`limits: {${unhurried}, pending_jobs: none}\nnonsense: 1\nroles: {user: {limits: {nodes_per_prompt: 1}}}\n`)
  const isRefusal = ({ msg }: Record<string, unknown>) => String(msg).startsWith('the configuration has mistakes')
  const refusal = await until(async () => logLines().find(isRefusal))
  expect(refusal.level).toBe('error')
  expect(refusal.problems).toEqual([
    expect.stringMatching(/^limits\.pending_jobs: /),
    expect.stringMatching(/^nonsense: no such setting/),
  ])
  expect(await statusOf(savedPicture('cat'))).toBe(200)
  writeFileSync(file, '')
  const empty = await until(async () => logLines().filter(isRefusal)[1])
  expect(empty.problems).toEqual([expect.stringContaining('the file is empty')])
  expect(await statusOf(savedPicture('cat'))).toBe(200)
})

it('says which settings need a restart, and goes on with the old ones', async () => {
  write(
    `limits: {${unhurried}}\nserver: {listen: [127.0.0.1:1]}\ncomfyui: {url: http://127.0.0.1:1}\ntenancy: {mode: shared}\n`,
  )
  const warning = await until(async () => logLines().find(({ msg }) => String(msg).includes('after a restart')))
  expect(warning.level).toBe('warn')
  // The listeners and the address of ComfyUI were given as flags, which the file cannot change.
  expect(warning.settings).toEqual(['tenancy.mode'])
  expect(await statusOf(savedPicture('cat'))).toBe(200)
})

it('reads the file again on SIGHUP, and ends on SIGTERM', async () => {
  const reads = () => logLines().filter(({ msg }) => msg === 'the configuration was read again').length
  write(`limits: {${unhurried}}\nlog: {level: info}\n`)
  await until(async () => logLines().findLast(({ settings }) => JSON.stringify(settings) === '["log.level"]'))
  const before = reads()
  up.process.kill('SIGHUP')
  await until(async () => (reads() > before ? true : undefined))
  expect(await statusOf(savedPicture('cat'))).toBe(200)
  up.process.kill('SIGTERM')
  expect(await up.ended).toMatchObject({ code: 0 })
})
