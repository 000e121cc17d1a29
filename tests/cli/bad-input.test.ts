/** Is every bad command line refused with one sentence, its cure and code 2? */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { gatehouseHere } from './gatehouse-here.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

it('lists the commands when asked, and with code 2 when nothing was asked', async () => {
  const asked = await gatehouseHere(['--help'])
  expect(asked.code).toBe(0)
  expect(asked.stdout).toContain('user add NAME --role ROLE')
  expect((await gatehouseHere([])).code).toBe(2)
})

/** The first words of the lines of the help. */
async function commandNames(): Promise<readonly string[]> {
  const { stdout } = await gatehouseHere(['--help'])
  return [...new Set([...stdout.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name = '']) => name))]
}

it('every command takes --data and --json, and says which option it does not know', async () => {
  const names = await commandNames()
  expect(names).toEqual(expect.arrayContaining(['up', 'user', 'cert', 'install', 'verify']))
  for (const name of names) {
    const { code, stderr } = await gatehouseHere([name, '--data', join(directory, name), '--json', '--frobnicate'])
    expect(code, name).toBe(2)
    expect(stderr, name).toMatch(/^Unknown option '--frobnicate'\. See the options of every command with: /)
  }
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
  [['tenant', 'claim'], /^Name one user who gets the files\./],
  [['tenant', 'usage', 'extra'], /Use tenant usage, /],
  [['audit', 'frobnicate'], /Use audit list, verify or export\./],
  [['audit', 'list', '--kind', 'no.such'], /There is no kind "no\.such"\. These are: /],
  [['audit', 'verify', '--anchor', 'x'], /Write --anchor as NUMBER:HASH/],
  [['secret', 'rotate', 'no-such'], /that can be rotated\. These are: /],
  [['cert'], /Use cert ca, server, client, revoke or renew-list\./],
  [['cert', 'server', '--ca', 'no-such-folder', '--host', 'lab'], /no-such-folder/],
  [['cert', 'revoke', '--ca', 'no-such-folder'], /Name the one certificate to revoke/],
  [['nodes', '--role', 'king'], /There is no role "king"\. Name one of /],
  [['verify', '--url', 'nowhere'], /Write --url as an address such as /],
  [['verify', '--worker', 'no-such'], /There is no worker "no-such"\. Name one of /],
  [['user', 'role', 'dan', 'king'], /ROLE is one of owner, admin/],
  [['user', 'invite', '--role', 'king'], /Give them a role with --role: owner, admin/],
])('gatehouse %j', async (args, sentence) => {
  const own = args.at(-1) === '--data' ? args : [...args, '--data', join(directory, 'data')]
  const { code, stdout, stderr } = await gatehouseHere(own)
  expect(code).toBe(2)
  expect(stderr).toMatch(sentence)
  expect(stderr).not.toMatch(/^\s+at |node:internal/m)
  expect(stdout).toBe('')
})
