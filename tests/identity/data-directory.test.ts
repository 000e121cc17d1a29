/** Is the data directory kept private, whole and to one sidecar, and does every trouble with it come with its cure? */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createStore } from '../../sidecar/src/store/sql/create-store.ts'
import { lockDataDirectory } from '../../sidecar/src/store/sql/data-directory-lock.ts'
import { databaseFileName, openDatabase } from '../../sidecar/src/store/sql/open-database.ts'

let parent: string
let dataDir: string
let file: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'gatehouse-data-'))
  dataDir = join(parent, 'data')
  file = join(dataDir, databaseFileName)
})
afterEach(() => rm(parent, { recursive: true, force: true }))

const user = (name: string) => ({ name, role: 'user', passwordHash: null }) as const

async function fill(count: number): Promise<void> {
  const { db, close } = await openDatabase(dataDir)
  const store = createStore({ db })
  for (let index = 0; index < count; index += 1) await store.users.add(user(`user${index}`))
  await close()
}

describe('the data directory', () => {
  it.skipIf(process.platform === 'win32')('is readable by its owner alone, and so is every file in it', async () => {
    const lock = lockDataDirectory(dataDir)
    const { db, close } = await openDatabase(dataDir)
    await createStore({ db }).users.add(user('alice'))
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
    for (const name of [
      databaseFileName,
      `${databaseFileName}-wal`,
      `${databaseFileName}-shm`,
      'gatehouse.lock',
      'gatehouse.pid',
    ]) {
      expect((await stat(join(dataDir, name))).mode & 0o777, name).toBe(0o600)
    }
    await close()
    lock.release()
  })

  it('belongs to one sidecar, while commands go on beside it', async () => {
    const lock = lockDataDirectory(dataDir)
    expect(() => lockDataDirectory(dataDir)).toThrow(
      `process ${process.pid}) is using the data directory ${dataDir}. Stop it`,
    )
    await fill(1)
    lock.release()
    lockDataDirectory(dataDir).release()
  })

  it('is free again when its sidecar was killed', async () => {
    const script = `import { lockDataDirectory } from ${JSON.stringify(new URL('../../sidecar/src/store/sql/data-directory-lock.ts', import.meta.url).href)}
      lockDataDirectory(process.argv[1]); process.stdout.write('locked\\n'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    expect(() => lockDataDirectory(dataDir)).toThrow(`process ${child.pid}) is using`)
    child.kill('SIGKILL')
    await once(child, 'exit')
    lockDataDirectory(dataDir).release()
  })

  it('that cannot be created or written is named with its cure', async () => {
    await writeFile(join(parent, 'a-file'), '')
    await expect(openDatabase(join(parent, 'a-file', 'data'))).rejects.toThrow(
      /cannot be created\. Make its parent writable, or name another one with --data/,
    )
    await mkdir(file, { recursive: true })
    await expect(openDatabase(dataDir)).rejects.toThrow(/cannot be written\. Free space or make the directory writable/)
  })
})

describe('the database', () => {
  it('that is no database is left alone, byte by byte', async () => {
    await mkdir(dataDir)
    const text = 'these are my tax returns, not a database'.repeat(100)
    await writeFile(file, text)
    await expect(openDatabase(dataDir)).rejects.toThrow(
      /is damaged; nothing in it was changed\. Restore it from a backup/,
    )
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  it('that is damaged inside is left alone, too', async () => {
    await fill(200)
    const bytes = await readFile(file)
    bytes.fill(0xa5, 4096, 4096 * 12)
    await writeFile(file, bytes)
    await expect(openDatabase(dataDir)).rejects.toThrow(/is damaged; nothing in it was changed/)
    expect((await readFile(file)).equals(bytes)).toBe(true)
  })

  it('of a newer Gatehouse is not touched by an older one', async () => {
    await fill(1)
    const database = new DatabaseSync(file)
    database.exec("insert into kysely_migration (name, timestamp) values ('999-future', 'now')")
    database.close()
    await expect(openDatabase(dataDir)).rejects.toThrow(/was written by a newer Gatehouse\. Install that version/)
  })

  it('takes the writes of two processes at once', async () => {
    const { db, close } = await openDatabase(dataDir)
    const store = createStore({ db })
    const script = fileURLToPath(new URL('writer-child.ts', import.meta.url))
    const child = spawn(process.execPath, [script, dataDir, 'child'], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    for (let index = 0; index < 50; index += 1) await store.users.add(user(`own${index}`))
    child.kill('SIGKILL')
    await once(child, 'exit')
    const names = (await store.users.list()).map(({ name }) => name)
    expect(names.filter((name) => name.startsWith('own'))).toHaveLength(50)
    expect(names.filter((name) => name.startsWith('child')).length).toBeGreaterThan(0)
    await close()
  })

  it('holds every acknowledged write, and no half of one, after kill -9', async () => {
    const acknowledged: string[] = []
    for (const prefix of ['a', 'b', 'c']) {
      const script = fileURLToPath(new URL('writer-child.ts', import.meta.url))
      const child = spawn(process.execPath, [script, dataDir, prefix], { stdio: ['ignore', 'pipe', 'inherit'] })
      const lines = createInterface({ input: child.stdout })
      const exited = once(child, 'exit')
      let count = 0
      for await (const line of lines) {
        acknowledged.push(line)
        count += 1
        if (count === 15) child.kill('SIGKILL')
      }
      await exited
    }
    const { db, close } = await openDatabase(dataDir)
    const store = createStore({ db })
    const members = await store.users.list()
    const roles = new Map(members.map(({ name, role }) => [name, role]))
    expect(acknowledged.length).toBeGreaterThanOrEqual(45)
    for (const name of acknowledged) expect(roles.get(name), name).toBe('power')
    const tenants = await store.tenants.list()
    expect(new Set(members.map(({ tenantId }) => tenantId))).toEqual(new Set(tenants.map(({ id }) => id)))
    const promoted = members.filter(({ role }) => role === 'power')
    expect(await store.changes.lastSeq()).toBe(members.length + promoted.length)
    await close()
  })
})
