/** Are workflows published, listed and taken back on the command line, beside a sidecar that obeys at once? */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthority, openAuthority } from '../../sidecar/src/tls/private-authority.ts'
import { type PracticeComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'
import { savedPicture } from '../support/graphs.ts'
import { createPerson, type Graph, type Person, until } from '../support/person.ts'
import { closedPort, mainFile, startProgram, startUp, type Up } from './gatehouse.ts'
import { gatehouseHere } from './gatehouse-here.ts'

const timeout = 120_000
const runner = 'roles: { runner: { like: user, may_not: [graph:edit] } }\n'

let directory: string
let config: string
let practice: PracticeComfyui
let up: Up
/** May run what is published in Acme, and nothing else. */
let rita: Person
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-workflow-'))
  config = join(directory, 'gatehouse.yaml')
  writeFileSync(config, runner)
  practice = await startPracticeComfyui()
  up = await startUp(['--data', directory, '--config', config, '--comfyui', practice.url], { env: { HOME: directory } })
  for (const [name, role, tenant] of [
    ['olga', 'owner', 'office'],
    ['paula', 'power', 'acme'],
    ['pete', 'power', 'birch'],
    ['rita', 'runner', 'acme'],
  ] as const) {
    await succeeds(['user', 'add', name, '--role', role, '--tenant', tenant, '--service'])
  }
  const key = (await succeeds(['token', 'create', '--user', 'rita'])).trim()
  rita = createPerson({ name: 'rita', address: up.address, key })
  await until(async () => ((await fetch(`${up.address}/ready`)).status === 200 ? true : undefined))
}, timeout)
afterAll(async () => {
  await up[Symbol.asyncDispose]()
  await practice.close()
  rmSync(directory, { recursive: true, force: true })
})

const run = (args: readonly string[]) => gatehouseHere([...args, '--data', directory, '--config', config])

async function succeeds(args: readonly string[]): Promise<string> {
  const ran = await run(args)
  expect(ran, args.join(' ')).toMatchObject({ code: 0, stderr: '' })
  return ran.stdout
}

async function refuses(args: readonly string[]): Promise<string> {
  const ran = await run(args)
  expect(ran, args.join(' ')).toMatchObject({ code: 2, stdout: '' })
  return ran.stderr
}

const json = async (args: readonly string[]) => JSON.parse(await succeeds([...args, '--json']))

function file(name: string, value: unknown): string {
  const path = join(directory, name)
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  return path
}

const publish = (name: string, path: string, as: string, ...more: readonly string[]): readonly string[] => [
  ...['workflow', 'publish', name, '--file', path, '--as', as, '--url', up.address],
  ...more,
]
const asks = async (prompt: Graph): Promise<number> => (await rita.post('/prompt', { prompt })).status

describe('gatehouse workflow', { timeout }, () => {
  it('publishes from a file what somebody may run who may run nothing else, and takes it back', async () => {
    const path = file('portrait.json', savedPicture('portrait', 1))
    expect(await asks(savedPicture('portrait', 1))).toBe(400)
    expect(await succeeds(publish('Portrait', path, 'paula', '--open', '1.color'))).toBe(
      'Published "Portrait" for everybody in acme. Open: 1.color.\n',
    )
    expect(await asks(savedPicture('portrait', 4711))).toBe(200)
    expect(await asks(savedPicture('landscape', 1))).toBe(400)
    expect(await succeeds(['workflow', 'list'])).toMatch(
      /^NAME +FOR +OPEN INPUTS +PUBLISHED BY +PUBLISHED\nPortrait +acme +1\.color +paula +20\S+Z\n$/,
    )
    expect(await succeeds(['explain', 'POST', '/prompt', '--as', 'rita'])).toContain('want of graph:edit: Portrait\n')
    expect(await refuses(publish('Portrait', path, 'paula'))).toContain('of the name "Portrait" already')
    expect(await json(['workflow', 'withdraw', 'Portrait'])).toEqual({ withdrawn: 'Portrait', for: 'acme' })
    expect(await asks(savedPicture('portrait', 1))).toBe(400)
    expect(await succeeds(['workflow', 'list'])).toBe('NAME  FOR  OPEN INPUTS  PUBLISHED BY  PUBLISHED\n')
  })

  it.skipIf(process.platform === 'win32')('publishes what the page about roles prints, as it prints it', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/identity/roles.md'), 'utf8')
    const [, block = ''] = /```sh\n(cat > portrait-api\.json[\s\S]*?)```/.exec(page) ?? []
    const command = join(directory, 'gatehouse')
    const more = `--data "${directory}" --config "${config}"`
    writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${mainFile}" "$@" ${more}\n`, { mode: 0o755 })
    const own = block.replace('workflow publish', `workflow publish --url ${up.address}`)
    const script = `PATH="${directory}:$PATH" && cd "${directory}" && ${own}`
    const ran = await startProgram('sh', ['-c', script], { stdin: '', env: { HOME: directory } }).ended
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toMatch(
      /^Published "Portrait" for everybody in acme\. Open: 1\.color\.\nNAME .*\nPortrait +acme/,
    )
    await succeeds(['workflow', 'withdraw', 'Portrait'])
  })

  it('writes down who did it, and leaves no key behind', async () => {
    await succeeds(publish('noted', file('noted.json', savedPicture('noted')), 'paula', '--closed'))
    await succeeds(['workflow', 'withdraw', 'noted'])
    expect(await json(['token', 'list', '--user', 'paula'])).toEqual([])
    const events = await until(async () => {
      const all: readonly { kind: string; target?: string }[] = await json(['audit', 'list', '--limit', '50'])
      return all.some(({ kind, target }) => kind === 'workflow.published' && target === 'noted') ? all : undefined
    })
    expect(events).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'workflow.withdrawn', target: 'noted', method: 'command line' }),
        expect.objectContaining({ kind: 'workflow.published', actor: expect.objectContaining({ name: 'paula' }) }),
        expect.objectContaining({
          kind: 'key.created',
          method: 'command line',
          detail: expect.objectContaining({ of: 'paula', label: 'gatehouse workflow publish' }),
        }),
      ]),
    )
  })

  it('keeps every digit, and the workflow that the page saved', async () => {
    const seed = '18446744073709551615'
    const path = file('digits.json', savedPicture('digits'))
    const page = file('page.json', `{"nodes":[],"version":0.4,"extra":{"seed":${seed}}}`)
    expect(await json(publish('digits', path, 'paula', '--page', page, '--closed'))).toMatchObject({
      ...{ name: 'digits', everybody: false, open: [] },
    })
    expect(await (await rita.fetch('/gatehouse/api/v1/workflows/digits')).text()).toContain(`"seed":${seed}`)
    await succeeds(['workflow', 'withdraw', 'digits', '--tenant', 'acme'])
  })

  it('asks which, where one name is published more than once', async () => {
    const path = file('twice.json', savedPicture('twice'))
    await succeeds(publish('twice', path, 'paula', '--closed'))
    await succeeds(publish('twice', path, 'pete', '--closed'))
    expect(await succeeds(publish('twice', path, 'olga', '--closed', '--everybody'))).toBe(
      'Published "twice" for everybody. No input stays open.\n',
    )
    expect(await refuses(['workflow', 'withdraw', 'twice'])).toMatch(
      /more than once: for everybody, (?:acme, birch|birch, acme)\. Say which/,
    )
    expect(await json(['workflow', 'withdraw', 'twice', '--everybody'])).toMatchObject({ for: 'everybody' })
    expect(await json(['workflow', 'withdraw', 'twice', '--tenant', 'birch'])).toMatchObject({ for: 'birch' })
    expect(await json(['workflow', 'list'])).toMatchObject([
      { name: 'twice', for: 'acme', publisher: 'paula', open: [] },
    ])
    expect(await json(['workflow', 'withdraw', 'twice'])).toMatchObject({ for: 'acme' })
  })

  it('refuses in a sentence what cannot be published', async () => {
    const path = file('sound.json', savedPicture('sound'))
    const saved = file('saved.json', { nodes: [], links: [], version: 0.4 })
    const bad = file('bad.json', { '1': { class_type: 'NeverThere', inputs: {} } })
    const rows: readonly (readonly [readonly string[], RegExp])[] = [
      [publish('x', path, 'rita'), /^rita \(runner\) lacks workflow:publish\. Publish as somebody who has it\.\n$/],
      [publish('x', path, 'paula', '--everybody'), /^paula \(power\) lacks admin:workflows\./],
      [publish('x', bad, 'paula'), /^It would not run, and is not published: /],
      [publish('x', saved, 'paula'), /as the page saves it\. Export it in the API format, and name this one as --page/],
      [publish('x', path, 'paula', '--open', '2.images'), /cannot stay open\. Leave it out\.\n$/],
      [publish('x', path, 'paula', '--open', 'color'), /^Write --open as NODE\.INPUT/],
      [publish('x', path, 'paula', '--open', '1.color', '--closed'), /^Say --open or --closed, not both/],
      [publish('x', file('broken.json', '{'), 'paula'), /^\S+broken\.json is not JSON/],
      [publish('x', file('list.json', []), 'paula'), /it is no JSON object\.\n$/],
      [publish('x', join(directory, 'absent.json'), 'paula'), /absent\.json cannot be read/],
      [['workflow', 'publish', 'x', '--file', path], /^Say in whose name with --as NAME/],
      [['workflow', 'publish', 'x', '--as', 'paula'], /^Name the file with --file/],
      [['workflow', 'publish'], /^Name one workflow\.\n$/],
      [['workflow', 'withdraw', 'x', '--everybody', '--tenant', 'acme'], /not both/],
      [['workflow', 'withdraw', 'x'], /^There is no published workflow "x" there\. See them with/],
    ]
    for (const [args, sentence] of rows) expect(await refuses(args)).toMatch(sentence)
    const closed = `http://127.0.0.1:${await closedPort()}`
    expect(await refuses([...publish('x', path, 'paula'), '--url', closed])).toContain(`Nothing answers at ${closed}.`)
    expect(await json(['workflow', 'list'])).toEqual([])
  })

  it('says so when the certificate there is not believed, here or by any other name', async () => {
    await createAuthority(directory, 'lab', 2)
    const { certFile, keyFile } = await (await openAuthority(directory)).signServer(['comfy.lab'], 2)
    const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const bound = server.address()
      const address = `https://127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}`
      const path = file('sound.json', savedPicture('sound'))
      expect(await refuses([...publish('x', path, 'paula'), '--url', address])).toBe(
        `The certificate at ${address} is not believed here. Name the address that it is for with --url, and its authority with NODE_EXTRA_CA_CERTS.\n`,
      )
    } finally {
      server.close()
    }
  })
})
