/** Is every bad command line refused with one sentence, its cure and code 2? */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { runCommand } from '../../sidecar/src/cli/run-command.ts'

let directory: string
let said: { stdout: string; stderr: string }
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'))
  said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += String(text)
      return true
    })
  }
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(directory, { recursive: true, force: true })
})

it('lists the commands when asked, and with code 2 when nothing was asked', async () => {
  expect(await runCommand(['--help'])).toBe(0)
  expect(said.stdout).toContain('user add NAME --role ROLE')
  expect(await runCommand([])).toBe(2)
})

it.each<readonly [readonly string[], RegExp]>([
  [['frobnicate'], /^There is no command "frobnicate"\.\nUsage: /],
  [['user'], /Use user add, list/],
  [['user', 'frobnicate'], /There is no "user frobnicate"\. Use user add/],
  [['user', 'add'], /Name one user/],
  [['user', 'add', 'dan'], /Give the user a role with --role: owner, admin/],
  [['user', 'add', 'dan', '--role', 'king', '--password-stdin'], /--role: owner, admin/],
  [['user', 'add', 'dan', '--role', 'user'], /Pipe the password in and say --password-stdin/],
  [['user', 'add', '../dan', '--role', 'user', '--password-stdin'], /cannot be a name\. Use 1 to 128/],
  [['user', 'disable', 'nobody'], /There is no user "nobody"\. See them with: gatehouse user list/],
  [['user', 'list', '--colour'], /Unknown option '--colour'\. See the options/],
  [['user', 'list', '--data'], /--data <value>' argument missing/],
  [['session', 'revoke'], /Name one session by its id, or a user with --user NAME/],
  [['session', 'revoke', 'abc'], /There is no session "abc"\. See them with/],
  [['session', 'end'], /Use session list or revoke/],
  [['token', 'create'], /--user NAME/],
  [['token', 'create', '--user', 'nobody'], /There is no user "nobody"/],
  [['token', 'revoke', 'zzz'], /token/],
  [['workflow'], /There is no "workflow "\. Use workflow publish, list or withdraw/],
  [['workflow', 'share'], /Use workflow publish, list or withdraw/],
  [['explain'], /gatehouse explain METHOD PATH/],
  [['explain', 'FETCH', '/'], /gatehouse explain METHOD PATH/],
  [['explain', 'GET', '/', '--as', 'nobody'], /There is no user "nobody"/],
  [['explain', 'GET', '/a/../b'], /could be read in two ways, and is refused\. Write a plain/],
  [['explain', 'GET', '/', 'too much'], /gatehouse explain METHOD PATH/],
  [['routes', 'extra'], /Unexpected argument 'extra'\. See/],
  [['routes', '--config', 'no-such-file.yaml'], /no-such-file\.yaml: the configuration file cannot be read; check/],
  [['install'], /gatehouse install/],
  [['up', '--listen', 'here'], /server\.listen\.0: write HOST:PORT, e\.g\./],
  [['up', '--listen', '127.0.0.1:70000'], /server\.listen\.0: a port is a number from 0 to 65535/],
  [['up', '--comfyui', 'localhost:8188'], /comfyui\.url: write an address such as/],
  [['up', '--comfyui', 'http://localhost:99999'], /comfyui\.url: its host or port/],
  [['up', 'extra'], /Unexpected argument 'extra'\. See/],
])('gatehouse %j', async (args, sentence) => {
  const own = args.at(-1) === '--data' ? args : [...args, '--data', join(directory, 'data')]
  expect(await runCommand(own)).toBe(2)
  expect(said.stderr).toMatch(sentence)
  expect(said.stderr).not.toMatch(/^\s+at |node:internal/m)
  expect(said.stdout).toBe('')
})
