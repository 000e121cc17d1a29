/** Does each command, run as people run it, do what it says, in a table and as JSON? */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createStore } from '../../sidecar/src/store/sql/create-store.ts'
import { openDatabase } from '../../sidecar/src/store/sql/open-database.ts'
import { startPracticeComfyui } from '../practice-comfyui/start.ts'
import { gatehouse, mainFile, type Ran, startProgram } from './gatehouse.ts'

const password = 'amber Lantern 4711'
/** A dozen starts of Node, on a machine that may be busy. */
const timeout = 120_000

let directory: string
let dataDir: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'))
  dataDir = join(directory, 'data')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const run = (args: readonly string[], stdin = ''): Promise<Ran> =>
  gatehouse([...args, '--data', dataDir], { stdin, env: { HOME: directory } })

async function succeeds(args: readonly string[], stdin = ''): Promise<string> {
  const ran = await run(args, stdin)
  expect(ran, args.join(' ')).toMatchObject({ code: 0, stderr: '' })
  return ran.stdout
}

async function json(args: readonly string[], stdin = '') {
  return JSON.parse(await succeeds([...args, '--json'], stdin))
}

const addOlga = () => succeeds(['user', 'add', 'olga', '--role', 'owner', '--password-stdin'], `${password}\n`)

describe('gatehouse', { timeout }, () => {
  it('looks after users', async () => {
    expect(await addOlga()).toBe('Added olga (owner) in tenant olga.\n')
    const bob = ['user', 'add', 'Bob', '--role', 'user', '--tenant', 'birch', '--password-stdin']
    const added = await json(bob, 'birch Wagon 9083')
    expect(added).toMatchObject({ name: 'bob', role: 'user', tenant: 'birch', state: 'active' })
    expect(await succeeds(['user', 'disable', 'bob'])).toBe('bob is disabled.\n')
    expect(await json(['user', 'list'])).toMatchObject([
      { name: 'bob', state: 'disabled' },
      { name: 'olga', state: 'active' },
    ])
    expect(await succeeds(['user', 'enable', 'bob'])).toBe('bob is enabled.\n')
    expect(await succeeds(['user', 'list'])).toMatch(/^bob +user +birch +person +active/m)
    const renewed = await succeeds(['user', 'password', 'bob', '--password-stdin'], 'an entirely new sentence\n')
    expect(renewed).toMatch(/^bob has a new password/)
    expect(await succeeds(['user', 'remove', 'bob'])).toMatch(/^Removed bob/)
    expect(await json(['user', 'list'])).toHaveLength(1)
  })

  it('prints a token, and nothing else, on stdout', async () => {
    await addOlga()
    const printed = await succeeds(['token', 'create', '--user', 'olga', '--label', 'ci', '--expires', '90d'])
    expect(printed).toMatch(/^gh_[A-Za-z0-9]{12}_[A-Za-z0-9_-]+\n$/)
    const listed = await json(['token', 'list', '--user', 'olga'])
    expect(listed).toMatchObject([{ user: 'olga', label: 'ci' }])
    expect(JSON.stringify(listed)).not.toContain(printed.trim().split('_').slice(2).join('_'))
    expect(await json(['token', 'revoke', listed[0].id])).toEqual({ revoked: listed[0].id })
    expect(await json(['token', 'list'])).toEqual([])
  })

  it('adds up what tenants keep on the disk that the configuration names, and else names the cure', async () => {
    await addOlga()
    const refused = await run(['tenant', 'usage'])
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('Name files.input_dir and') })
    const [input, output] = [join(directory, 'input'), join(directory, 'output')]
    const config = join(directory, 'gatehouse.yaml')
    writeFileSync(config, `files:\n  input_dir: ${input}\n  output_dir: ${output}\n`)
    const database = await openDatabase(dataDir, { verify: false })
    const [olga] = await createStore({ db: database.db }).tenants.list()
    await database.close()
    mkdirSync(input)
    mkdirSync(join(output, olga?.folderKey ?? '', 'series'), { recursive: true })
    writeFileSync(join(output, olga?.folderKey ?? '', 'series', 'cat.png'), '12345')
    expect(await json(['tenant', 'usage', '--config', config])).toEqual([
      { tenant: 'olga', input: { files: 0, bytes: 0 }, output: { files: 1, bytes: 5 }, temp: null, unmeasured: [] },
    ])
    expect(await succeeds(['tenant', 'usage', '--config', config])).toBe(
      'TENANT  INPUTS  BYTES  OUTPUTS  BYTES  PREVIEWS  BYTES\nolga    0       0      1        5      -         -\n',
    )
    rmSync(input, { recursive: true })
    const partly = await run(['tenant', 'usage', '--config', config])
    expect(partly.code).toBe(1)
    expect(partly.stdout).toMatch(/^olga +- +- +1 +5 +- +-\nolga: input could not be measured\. The folders .*\n$/m)
    expect(partly.stdout).not.toContain(directory)
    const half = join(directory, 'half.yaml')
    writeFileSync(half, `files:\n  input_dir: ${input}\n`)
    expect(await run(['tenant', 'usage', '--config', half])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('files: name input_dir and output_dir, or neither'),
    })
  })

  it('asks the companion pack where the configuration names its secret', async () => {
    await addOlga()
    const secret = 'ab'.repeat(32)
    await using comfyui = await startPracticeComfyui({ guardSecret: secret })
    const nothing = { files: 0, bytes: 0 }
    const [config, file] = [join(directory, 'gatehouse.yaml'), join(directory, 'secret')]
    writeFileSync(file, secret)
    writeFileSync(config, `comfyui:\n  url: ${comfyui.url}\n  guard_secret_file: ${file}\n`)
    expect(await json(['tenant', 'usage', '--config', config])).toEqual([
      { tenant: 'olga', input: nothing, output: nothing, temp: nothing, unmeasured: [] },
    ])
  })

  it('prints the route table, with the rows of the operator', async () => {
    const config = join(directory, 'gatehouse.yaml')
    const says = 'The previews of this pack are the same for everybody.'
    writeFileSync(config, `routes:\n  - route: GET /pack/previews\n    isolation: shared\n    says: ${says}\n`)
    const rows = await json(['routes', '--config', config])
    expect(rows).toContainEqual(expect.objectContaining({ route: 'GET /pack/previews', says }))
    expect(rows).toContainEqual(expect.objectContaining({ route: 'POST /prompt', at: 'both', needs: 'prompt:run' }))
    expect(await succeeds(['routes'])).toMatch(/\n\* +both +- +denied: no row\n$/)
  })

  it('explains what a request meets, whoever makes it', async () => {
    await addOlga()
    await succeeds(['user', 'add', 'gina', '--role', 'guest', '--password-stdin'], 'birch Wagon 9083')
    expect(await succeeds(['explain', 'POST', '/api/prompt', '--as', 'olga'])).toMatch(
      /^POST \/prompt as olga \(owner, tenant olga\)\nrow: POST \/prompt in prompt, needs prompt:run\n[\s\S]*\nverdict: allowed\n$/,
    )
    const asked = await json(['explain', 'post', '/prompt', '--as', 'gina'])
    expect(asked.at(-1)).toBe('verdict: refused, the role lacks the permission that the row needs')
    expect(await succeeds(['explain', 'GET', '/no/such/route', '--as', 'olga'])).toContain('row: none\n')
    expect(await succeeds(['explain', 'GET', '/queue'])).toContain('a stranger')
    expect(await succeeds(['explain', 'GET', '/login'])).toContain('answered by Gatehouse itself')
  })

  it('gives somebody another role, one that exists, and tells their id', async () => {
    await addOlga()
    await succeeds(['user', 'add', 'bob', '--role', 'user', '--service'])
    expect(await succeeds(['user', 'role', 'bob', 'power'])).toBe(
      'bob is power now; every session of theirs has ended.\n',
    )
    const [bob] = await json(['user', 'list'])
    expect(bob).toMatchObject({ name: 'bob', role: 'power', id: expect.stringMatching(/^[a-z0-9]{20}$/) })
    expect(await succeeds(['user', 'list'])).toContain(bob.id)
    for (const args of [['bob', 'emperor'], ['bob'], ['bob', 'user', 'more']])
      expect(await run(['user', 'role', ...args])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('NAME ROLE'),
      })
    expect(await run(['user', 'role', 'olga', 'user'])).toMatchObject({ code: 2 })
  })

  it('reads no password from its arguments, and says where to put it', async () => {
    const given = ['user', 'add', 'dan', '--role', 'user', '--password', 'hunter2 hunter2']
    const ran = await run(given)
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toBe("Unknown option '--password'. See the options of every command with: gatehouse --help\n")
    const empty = await run(['user', 'add', 'dan', '--role', 'user', '--password-stdin'])
    expect(empty).toMatchObject({ code: 2, stderr: expect.stringContaining('Pipe the password in as one line.') })
  })

  it.skipIf(process.platform === 'win32')('ends quietly when the reader of its output has enough', async () => {
    const ran = await run(['routes', '--json'])
    expect(ran.stdout.length).toBeGreaterThan(10_000)
    const piped = `"$0" "$1" routes --json --data "$2" | head -c 20`
    const cut = await startProgram('sh', ['-c', piped, process.execPath, mainFile, dataDir], { stdin: '' }).ended
    expect(cut).toMatchObject({ code: 0, stderr: '' })
    expect(cut.stdout).toHaveLength(20)
  })
})
