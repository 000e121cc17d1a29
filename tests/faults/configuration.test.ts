/** Is every mistake of a configuration told, all at once, each with its setting and its cure? */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { gatehouseHere } from '../cli/gatehouse-here.ts'

let directory: string
/** By the last check. */
let said: { readonly stdout: string; readonly stderr: string }
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-config-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(directory, { recursive: true, force: true })
})

/** The exit code of a start, and of a check, which must agree. */
async function judge(yaml: string | undefined): Promise<number | null> {
  const config = join(directory, 'gatehouse.yaml')
  if (yaml !== undefined) writeFileSync(config, yaml)
  const flags = ['up', '--config', config, '--data', join(directory, 'data')]
  const { code, ...printed } = await gatehouseHere([...flags, '--check-config'])
  said = printed
  if (code === 0) return 0
  const started = await gatehouseHere(flags)
  expect(started.code).toBe(code)
  expect(started.stderr).toBe(said.stderr)
  return code
}

it('takes a sound one', async () => {
  expect(await judge('server:\n  listen: [127.0.0.1:0]\nlimits:\n  upload: 2GB\n')).toBe(0)
  expect(said).toEqual({ stdout: 'The configuration is sound.\n', stderr: '' })
})

it('tells every mistake at once', async () => {
  vi.stubEnv('GATEHOUSE_LOG_LEVEL', 'chatty')
  const yaml = `
server:
  listen: [8288, 127.0.0.1:99999]
  public_url: https://comfy.example.com/sub
  tls: true
comfyui:
  url: 127.0.0.1:8188
limits:
  upload: 100 MB
  pending_jobs: none
auth:
  session_idle: 24
  static_keys:
    - {name: ci, user: olga}
routes:
  - {route: fetch /x, isolation: mine, says: short}
nonsense: 1
`
  expect(await judge(yaml)).toBe(2)
  const lines = said.stderr.split('\n').map((line) => line.trim())
  expect(lines[0]).toBe('The configuration has mistakes:')
  for (const part of [
    /^server\.listen\.0: /,
    /^server\.listen\.1: a port is a number from 0 to 65535$/,
    /^server\.public_url: write an origin such as https:\/\/comfy\.example\.com, without a path$/,
    /^server\.tls: no such setting; see docs\/CONFIGURATION\.md for the list$/,
    /^comfyui\.url: write an address such as http:/,
    /^limits\.upload: write a size such as 512kB, 100MB or 2GB$/,
    /^limits\.pending_jobs: /,
    /^auth\.session_idle: /,
    /^auth\.static_keys\.0: name either file or env$/,
    /^routes\.0\.route: write METHOD \/path/,
    /^routes\.0\.isolation: /,
    /^routes\.0\.says: /,
    /^log\.level: /,
    /^nonsense: no such setting/,
  ]) {
    expect(
      lines.filter((line) => part.test(line)),
      String(part),
    ).toHaveLength(1)
  }
})

it('looks at every file that is named, and tells of all that are not there', async () => {
  const yaml = `
server: {tls_cert_file: ${directory}/none.pem, tls_key_file: ${directory}/no-key.pem}
comfyui: {tls_ca_file: ${directory}/no-ca.pem, guard_secret_file: ${directory}/no-secret}
auth:
  static_keys:
    - {name: ci, user: olga, file: ${directory}/no-static}
    - {name: cd, user: olga, env: NOT_SET_ANYWHERE}
`
  expect(await judge(yaml)).toBe(2)
  for (const part of ['none.pem cannot', 'no-key.pem cannot', 'no-ca.pem', 'no-secret', 'no-static', 'NOT_SET_ANY']) {
    expect(said.stderr).toContain(part)
  }
  expect(said.stderr).not.toMatch(/ENOENT|^\s+at /m)
})

it('takes no certificate without its own key, and none that is no certificate', async () => {
  writeFileSync(join(directory, 'a.pem'), 'not a certificate')
  expect(await judge(`server: {tls_cert_file: ${directory}/a.pem, tls_key_file: ${directory}/a.pem}`)).toBe(2)
  expect(said.stderr).toContain('not a PEM certificate and its key; name two files that belong together')
  expect(await judge(`server: {tls_cert_file: ${directory}/a.pem}`)).toBe(2)
  expect(said.stderr).toContain('server.tls_cert_file and server.tls_key_file belong together: set both')
})

it('refuses a row that says what another says already', async () => {
  const row = '{route: GET /prompt, isolation: shared, says: a row of the operator}'
  expect(await judge(`routes: [${row}]`)).toBe(2)
  expect(said.stderr).toMatch(/^ {2}routes: GET \/prompt \(prompt\) overlaps GET \/prompt \(custom-1\)$/m)
})

it.each([
  ['is not there', undefined, /the configuration file cannot be read; check the path and its permissions/],
  ['is no YAML', 'server: [1, 2\nlimits: }', /gatehouse\.yaml: not valid YAML: /],
  ['holds a list', '- a\n- b\n', /the file must hold settings, not a list or a text/],
  ['says one thing twice', 'log: {level: info}\nlog: {level: warn}\n', /not valid YAML: .*unique/i],
  ['has a text for a section', 'server: yes please\n', /^ {2}server: /m],
])('says so when the file %s', async (_name, yaml, sentence) => {
  expect(await judge(yaml)).toBe(2)
  expect(said.stderr).toMatch(sentence)
})

it('takes an empty file, and one with nothing but remarks, for no settings', async () => {
  expect(await judge('')).toBe(0)
  expect(await judge('# nothing yet\n')).toBe(0)
})
