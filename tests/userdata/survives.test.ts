/** Is a saved file ever half there? Processes killed at any moment, disks that run full, clients that disappear. */
import { type ChildProcess, spawn } from 'node:child_process'
import { type FSWatcher, watch } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { type Person, startPeople, versionText } from './people.ts'

const writer = join(import.meta.dirname, 'writer-child.ts')
const key = 'a'.repeat(20)

test('a process killed at any moment leaves whole files and every acknowledged version', {
  timeout: 90_000,
}, async () => {
  await using people = await startPeople()
  const alice = people.person('alice', key)
  const sizeBytes = 3_000_000
  const folder = join(people.dataDir, 'tenants', key, 'userdata', 'workflows')
  let acknowledged = -1
  for (let round = 0; round < 8; round += 1) {
    const child = spawn(process.execPath, [writer, people.dataDir, String(acknowledged + 1), String(sizeBytes)])
    // Killed right after a version was acknowledged, or the moment the saved file itself begins to change.
    acknowledged = await lastLineBeforeKill(child, 2, round % 2 === 0 ? undefined : folder)
    const saved = JSON.parse((await alice.asks('GET', '/userdata/workflows%2Fa.json')).body)
    expect(saved.version).toBeGreaterThanOrEqual(acknowledged)
    expect(JSON.stringify(saved)).toBe(versionText(saved.version, sizeBytes))
    expect(Number((await alice.asks('GET', '/settings/version')).body)).toBeGreaterThanOrEqual(acknowledged)
    expect(await namesIn(alice)).toEqual(['workflows', 'a.json', 'comfy.settings.json'].sort())
    acknowledged = saved.version
  }
})

test.skipIf(process.platform === 'win32')('a disk that takes no more answers 507 and keeps the old file', async () => {
  await using people = await startPeople()
  const alice = people.person('alice', key)
  await alice.asks('POST', '/userdata/workflows%2Fa.json', 'old')
  // A file size limit of 8 blocks fails the write half-way, as a full disk does.
  const child = spawn('sh', [
    '-c',
    'ulimit -f 8; exec "$@"',
    'sh',
    process.execPath,
    writer,
    people.dataDir,
    '0',
    '100000',
  ])
  const [line] = await linesBeforeKill(child, 1)
  expect(line).toBe('0 storage_full 200')
  expect((await alice.asks('GET', '/userdata/workflows%2Fa.json')).body).toBe('old')
  expect(await readdir(join(people.dataDir, 'tenants', key, 'incoming'))).toEqual([])
})

test('a client that disappears half-way changes nothing', async () => {
  await using people = await startPeople()
  const alice = people.person('alice', key)
  await alice.asks('POST', '/userdata/a.json', 'old')
  const half = Readable.from(
    (async function* () {
      yield Buffer.from('ne')
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
    })(),
  )
  await expect(alice.asks('POST', '/userdata/a.json', half)).rejects.toThrow('aborted')
  expect((await alice.asks('GET', '/userdata/a.json')).body).toBe('old')
  expect(await readdir(join(people.dataDir, 'tenants', key, 'incoming'))).toEqual([])
})

test('a body over the limit is refused, announced or not, and changes nothing', async () => {
  await using people = await startPeople({ fileBytes: 10 })
  const alice = people.person('alice', key)
  await alice.asks('POST', '/userdata/a.json', 'old')
  const announced = await alice.asks('POST', '/userdata/a.json', 'x'.repeat(11), { contentLength: 11 })
  const chunked = await alice.asks('POST', '/userdata/a.json', 'x'.repeat(11))
  expect([announced.body, chunked.body]).toEqual(['body_too_large', 'body_too_large'])
  expect((await alice.asks('GET', '/userdata/a.json')).body).toBe('old')
  expect((await alice.asks('POST', '/userdata/a.json', 'x'.repeat(10))).status).toBe(200)
})

test('settings posted at the same moment are all kept', async () => {
  await using people = await startPeople()
  const alice = people.person('alice', key)
  const ids = Array.from({ length: 40 }, (_, index) => `setting.${index}`)
  await Promise.all(ids.map((id) => alice.asks('POST', `/settings/${id}`, 'true')))
  const kept = JSON.parse(await readFile(join(people.dataDir, 'tenants', key, 'settings', 'alice.json'), 'utf8'))
  expect(Object.keys(kept)).toEqual(expect.arrayContaining(ids))
})

test('one of many that save a new name at the same moment without overwriting wins', async () => {
  await using people = await startPeople()
  const alice = people.person('alice', key)
  const tries = Array.from({ length: 20 }, (_, index) =>
    alice.asks('POST', '/userdata/new.json?overwrite=false', `${index}`),
  )
  const statuses = (await Promise.all(tries)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  expect(statuses.filter((status) => status === 409)).toHaveLength(19)
})

async function lastLineBeforeKill(child: ChildProcess, lineCount: number, watched?: string): Promise<number> {
  const lines = await linesBeforeKill(child, lineCount, watched)
  const last = lines.at(-1)?.split(' ') ?? []
  expect(last.slice(1)).toEqual(['200', '200'])
  return Number(last[0])
}

/** Kills the process once it said so many lines, at once or with the next change in a folder; waits until it is gone. */
async function linesBeforeKill(child: ChildProcess, lineCount: number, watched?: string): Promise<readonly string[]> {
  const { promise: exited, resolve } = Promise.withResolvers<void>()
  child.once('exit', () => resolve())
  const lines: string[] = []
  let watcher: FSWatcher | undefined
  if (child.stdout === null) throw new Error('the child has no output')
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    if (lines.length !== lineCount) continue
    if (watched === undefined) child.kill('SIGKILL')
    else watcher = watch(watched, () => child.kill('SIGKILL'))
  }
  await exited
  watcher?.close()
  return lines
}

async function namesIn(person: Person): Promise<readonly string[]> {
  const tree: readonly { readonly name: string }[] = JSON.parse((await person.asks('GET', '/v2/userdata')).body)
  return tree.map(({ name }) => name).sort()
}
