/** Does every command take what the last line of the help says, and refuse what none takes, with a sentence and code 2? */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { runCommand } from '../../sidecar/src/cli/run-command.ts'

let directory: string
let said: { stdout: string; stderr: string }
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-every-'))
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

/** The first words of the lines of the help. */
async function commandNames(): Promise<readonly string[]> {
  await runCommand(['--help'])
  return [...new Set([...said.stdout.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name = '']) => name))]
}

it('every command takes --data and --json, and says which option it does not know', async () => {
  const names = await commandNames()
  expect(names).toEqual(expect.arrayContaining(['up', 'user', 'cert', 'install', 'verify']))
  for (const name of names) {
    said.stderr = ''
    expect(await runCommand([name, '--data', join(directory, name), '--json', '--frobnicate']), name).toBe(2)
    expect(said.stderr, name).toMatch(/^Unknown option '--frobnicate'\. See the options of every command with: /)
  }
})

it.each<readonly [readonly string[], RegExp]>([
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
  expect(await runCommand([...args, '--data', join(directory, 'data')])).toBe(2)
  expect(said.stderr).toMatch(sentence)
  expect(said.stderr).not.toMatch(/^\s+at |node:internal/m)
})
