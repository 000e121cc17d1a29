/** Is trouble with the data directory told with its cure, and does it cost nothing that was there? */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gatehouse, type Ran } from '../cli/gatehouse.ts'
import { savedPicture } from '../support/graphs.ts'
import { type Person, parseRecord } from '../support/person.ts'
import { type OwnProcess, startOwnProcess } from './own-process.ts'

const timeout = 60_000

let directory: string
let dataDir: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-disk-'))
  dataDir = join(directory, 'data')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const at = (where: string, ...command: string[]): Promise<Ran> =>
  gatehouse([...command, '--data', where], { env: { HOME: directory }, stdin: 'amber Lantern 4711' })
const up = (where: string): Promise<Ran> => at(where, 'up', '--listen', '127.0.0.1:0')
const database = () => join(dataDir, 'gatehouse.sqlite')

async function fill(): Promise<void> {
  for (const name of ['olga', 'alice']) {
    const added = await at(dataDir, 'user', 'add', name, '--role', 'owner', '--password-stdin')
    expect(added).toMatchObject({ code: 0, stderr: '' })
  }
}

/** One sentence with its cure from `up` and from a command, and not a byte changed. */
async function isRefused(sentence: RegExp): Promise<void> {
  const before = readFileSync(database())
  for (const ran of [await up(dataDir), await at(dataDir, 'user', 'list')]) {
    expect(ran).toMatchObject({ code: 1, signal: null, stdout: '' })
    expect(ran.stderr).toMatch(sentence)
    expect(ran.stderr.trim().split('\n')).toHaveLength(1)
  }
  expect(readFileSync(database()).equals(before)).toBe(true)
}

describe('a data directory', { timeout }, () => {
  it('that cannot be made or written is named with its cure', async () => {
    const file = join(directory, 'file')
    writeFileSync(file, '')
    const below = await up(join(file, 'data'))
    expect(below).toMatchObject({ code: 1, stdout: '' })
    expect(below.stderr).toMatch(
      /^The data directory .*file\/data cannot be created\. Make its parent writable, or name another/,
    )
    mkdirSync(join(dataDir, 'gatehouse.lock'), { recursive: true })
    const locked = await up(dataDir)
    expect(locked).toMatchObject({ code: 1, stdout: '' })
    expect(locked.stderr).toMatch(/^The data directory .* cannot be written\. Free space or make it writable/)
    expect(readFileSync(file, 'utf8')).toBe('')
  })

  it('with a database that is none, is cut short, or is damaged inside is left as it is', async () => {
    mkdirSync(dataDir, { recursive: true })
    writeFileSync(database(), Buffer.alloc(40_000, 'no database at all '))
    const damaged =
      /^The database .*gatehouse\.sqlite is damaged; nothing in it was changed\. Restore it from a backup, or move/
    await isRefused(damaged)
    rmSync(dataDir, { recursive: true })
    await fill()
    const whole = readFileSync(database())
    truncateSync(database(), Math.floor(whole.length / 2 / 4096) * 4096)
    await isRefused(damaged)
    writeFileSync(database(), whole)
    expect(await at(dataDir, 'user', 'list')).toMatchObject({ code: 0, stdout: expect.stringContaining('olga') })
  })

  it('with a database of a newer Gatehouse is left to that', async () => {
    await fill()
    const newer = new DatabaseSync(database())
    newer.exec("insert into kysely_migration (name, timestamp) values ('999-later', '2030-01-01')")
    newer.close()
    await isRefused(/^The database .* was written by a newer Gatehouse\. Install that version, or restore a backup/)
  })
})

/** The system's own limit on the size of files, set on a running process: what a full disk looks like from inside. */
function limitFileSize(pid: number | undefined, bytes: number | 'unlimited'): void {
  const soft = bytes === 'unlimited' ? 'resource.RLIM_INFINITY' : String(bytes)
  const program = `import resource; resource.prlimit(${pid}, resource.RLIMIT_FSIZE, (${soft}, resource.RLIM_INFINITY))`
  execFileSync('python3', ['-c', program])
}

/** What a client hears that has sent a part of its body. */
async function statusOfHalf(person: Person, url: string): Promise<number | undefined> {
  const headers = { authorization: `Bearer ${person.key}`, 'content-length': 100_000 }
  const sent = request(url, { method: 'POST', headers })
  sent.on('error', () => undefined)
  sent.write('half')
  const [answer]: IncomingMessage[] = await once(sent, 'response')
  sent.destroy()
  return answer?.statusCode
}

function canLimit(): boolean {
  try {
    execFileSync('python3', ['-c', 'import resource; resource.prlimit'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!canLimit())('a disk that is full', { timeout }, () => {
  let world: OwnProcess
  beforeEach(async () => {
    world = await startOwnProcess()
  }, timeout)
  afterEach(() => world[Symbol.asyncDispose]())

  async function isFull(answer: Response): Promise<void> {
    expect(answer.status).toBe(507)
    expect(parseRecord(await answer.json())).toMatchObject({
      error: {
        type: 'storage_full',
        message: expect.stringMatching(/^The data directory cannot be written\. Ask the op/),
      },
    })
  }

  it('takes no job, login or file, loses none, and goes on when there is room again', async () => {
    const { alice, up: sidecar, practice } = world
    const kept = await alice.queues(savedPicture('kept'))
    await kept.finishes()
    const save = (text: string) =>
      alice.fetch('/userdata/workflows%2Fa.json?overwrite=true', { method: 'POST', body: text })
    expect((await save('{"first": 1}')).status).toBe(200)
    const filesBefore = readdirSync(world.directory, { recursive: true }).map(String)
    limitFileSize(sidecar.process.pid, 1)

    await isFull(await alice.post('/prompt', { prompt: savedPicture('refused') }))
    await isFull(await save('{"second": 2}'))
    expect(await statusOfHalf(alice, `${sidecar.address}/userdata/workflows%2Fa.json?overwrite=true`)).toBe(507)
    const login = await fetch(`${sidecar.address}/gatehouse/api/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: sidecar.address },
      body: JSON.stringify({ username: 'alice', password: 'amber Lantern 4711' }),
    })
    expect(login.status).toBe(507)
    // What only reads goes on.
    expect(Object.keys(await alice.json('/history'))).toEqual([kept.id])
    expect(await alice.json('/userdata/workflows%2Fa.json')).toEqual({ first: 1 })
    expect((await alice.fetch('/object_info')).status).toBe(200)
    expect((await alice.fetch('/view?filename=kept_00001_.png')).status).toBe(200)
    expect(sidecar.process.exitCode).toBeNull()

    limitFileSize(sidecar.process.pid, 'unlimited')
    await (await alice.queues(savedPicture('again'))).finishes()
    expect((await save('{"third": 3}')).status).toBe(200)
    expect(Object.keys(await alice.json('/history'))).toHaveLength(2)
    const outputs = readdirSync(join(practice.baseDirectory, 'output'), { recursive: true }).map(String)
    expect(outputs.filter((name) => name.includes('refused'))).toEqual([])
    const added = readdirSync(world.directory, { recursive: true })
      .map(String)
      .filter((name) => !filesBefore.includes(name) && !name.includes('cache'))
    expect(added.filter((name) => !existsSync(join(world.directory, name)) || name.includes('incoming/'))).toEqual([])
  })
})
