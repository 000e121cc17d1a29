/** Does `gatehouse nodes` say of every class of the connected ComfyUI who may run it and why, and do mistakes name their cure? */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startPracticeComfyui } from '../practice-comfyui/start.ts'
import { closedPort, gatehouse, startUp } from './gatehouse.ts'

let directory: string
let config: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-nodes-'))
  config = join(directory, 'gatehouse.yaml')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const run = (args: readonly string[]) => gatehouse(['nodes', '--data', join(directory, 'data'), ...args])

describe('gatehouse nodes', { timeout: 120_000 }, () => {
  it('lists every class with its verdict, the roles and the reason', async () => {
    await using practice = await startPracticeComfyui({})
    writeFileSync(
      config,
      `comfyui:\n  url: ${practice.url}\nnodes:\n  admit:\n    - class: PracticeSteps\n      roles: [owner]\n  refuse:\n    - EmptyI*\n`,
    )
    const text = await run(['--config', config])
    expect(text).toMatchObject({ code: 0, stderr: '' })
    expect(text.stdout).toMatch(/^SaveImage +core +runs +all +It writes under a prefix; /m)
    expect(text.stdout).toMatch(/^user: \d+ of \d+ classes run\.$/m)

    const { stdout } = await run(['--config', config, '--json'])
    const listed = new Map(JSON.parse(stdout).map((entry: { class: string }) => [entry.class, entry]))
    const upstream = await (await fetch(`${practice.url}/object_info`)).json()
    expect([...listed.keys()].sort()).toEqual(Object.keys(upstream).sort())
    expect(listed.get('PracticeSteps')).toMatchObject({
      from: expect.not.stringMatching(/^core$/),
      verdicts: [
        { roles: ['owner'], runs: true, by: 'nodes.admit' },
        { roles: ['admin', 'power', 'user'], runs: false, says: expect.stringMatching(/under nodes\.admit\.$/) },
      ],
    })
    expect(listed.get('EmptyImage')).toMatchObject({ from: 'core', verdicts: [{ runs: false, by: 'nodes.refuse' }] })
  })

  it('asks a guarded ComfyUI with the secret, and says what is missing without it', async () => {
    await using practice = await startPracticeComfyui({ guardSecret: 'a secret of the guard' })
    const without = await run(['--comfyui', practice.url])
    expect(without).toMatchObject({ code: 2, stdout: '' })
    expect(without.stderr).toMatch(/is guarded and this command has not its secret\. Set comfyui\.guard_secret_file/)
    writeFileSync(join(directory, 'secret'), 'a secret of the guard\n')
    writeFileSync(config, `comfyui:\n  guard_secret_file: ${join(directory, 'secret')}\n`)
    expect(await run(['--comfyui', practice.url, '--config', config, '--role', 'user'])).toMatchObject({ code: 0 })
  })

  it('lists another worker where it is named', async () => {
    await using further = await startPracticeComfyui({ guardSecret: 'a secret of the guard' })
    const nobody = `comfyui:\n  url: http://127.0.0.1:${await closedPort()}\nworkers:\n`
    const gpu2 = `  - name: gpu2\n    url: ${further.url}\n`
    writeFileSync(join(directory, 'secret'), 'a secret of the guard\n')
    writeFileSync(config, `${nobody}${gpu2}    guard_secret_file: ${join(directory, 'secret')}\n`)
    const listed = await run(['--config', config, '--worker', 'gpu2'])
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^SaveImage +core +runs/m) })
    expect(await run(['--config', config])).toMatchObject({ code: 2, stderr: expect.stringContaining('--comfyui.') })
    writeFileSync(config, `${nobody}${gpu2}`)
    expect(await run(['--config', config, '--worker', 'gpu2'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Set workers.0.guard_secret_file.'),
    })
    expect(await run(['--config', config, '--worker', 'gpu3'])).toMatchObject({
      code: 2,
      stderr: 'There is no worker "gpu3". Name one of default, gpu2.\n',
    })
    const both = await run(['--config', config, '--worker', 'gpu2', '--comfyui', further.url])
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('Name one of them.') })
  })

  it('says in a sentence what is wrong with a role, an address and every setting', async () => {
    const gone = await run(['--comfyui', `http://127.0.0.1:${await closedPort()}`])
    expect(gone).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/does not answer .* --comfyui\.\n$/),
    })
    expect(await run(['--role', 'king'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/no role "king"/) })
    expect(await run(['--role', 'guest'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/may not queue/) })
    writeFileSync(
      config,
      `nodes:
  admit:
    - ""
    - { roles: [user] }
    - { class: A, fields: { x: { reads: input, writes: y } } }
    - { class: B, fields: { x: { writes: ../up } } }
    - { class: C, fields: { x: { model: true, shape: list } } }
    - { class: D, fields: { x: { reads: input, shape: nested } } }
    - { class: E, fieldz: {} }
    - { class: F, roles: [king] }
  refuse: [{ class: G, fields: {} }]
  allow_code_execution: ["Py*"]
`,
    )
    const { code, stderr } = await run(['--config', config])
    expect(code).toBe(2)
    const problems: readonly (readonly [string, RegExp])[] = [
      ['nodes.admit.0', /write the name of a class/],
      ['nodes.admit.1', /name a class, a pack, or both/],
      ['nodes.admit.2.fields.x', /say one thing/],
      ['nodes.admit.3.fields.x', /write the prefix/],
      ['nodes.admit.4.fields.x', /shape belong to reads/],
      ['nodes.admit.5.fields.x', /belong together/],
      ['nodes.admit.6', /fieldz/],
      ['nodes.admit.7.roles', /owner/],
      ['nodes.refuse.0', /fields/],
      ['nodes.allow_code_execution.0', /full name/],
    ]
    for (const [where, what] of problems) {
      const line = stderr.split('\n').find((one) => one.trim().startsWith(where))
      expect(line, `${where} in\n${stderr}`).toMatch(what)
    }
  })

  it('is not all: a class that may run code is named loudly at every start', async () => {
    await using practice = await startPracticeComfyui({})
    writeFileSync(config, 'nodes:\n  admit: [PyExec]\n  allow_code_execution: [PyExec]\n')
    await using up = await startUp(['--config', config, '--comfyui', practice.url, '--data', join(directory, 'data')])
    expect(`${up.stdout()}${up.stderr()}`).toMatch(/WARNING: nodes\.allow_code_execution lets users of PyExec run code/)
  })
})
