/** Do the commands for users, tokens and sessions do what they say, and answer bad input with a sentence? */

import { Readable } from 'node:stream'
import { createRoleTable } from '@gatehouse/shared/roles'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCommandAudit } from '../../sidecar/src/cli/command-audit.ts'
import type { CommandIo } from '../../sidecar/src/cli/output.ts'
import { runSessionCommand } from '../../sidecar/src/cli/session.ts'
import { runTokenCommand } from '../../sidecar/src/cli/token.ts'
import { runUserCommand } from '../../sidecar/src/cli/user.ts'
import { alicePassword, apiPath, cheapPasswords, codeOf, type OwnServer, startOwnServer } from './own-server.ts'

type Command = (args: readonly string[], io: CommandIo) => Promise<number>

let server: OwnServer
beforeEach(async () => {
  server = await startOwnServer()
})
afterEach(() => server[Symbol.asyncDispose]())

async function run(command: Command, args: readonly string[], stdin = ''): Promise<string> {
  let written = ''
  const stdout = { write: (text: string) => (written += text) }
  const io = {
    registration: 'invite' as const,
    mayChooseName: () => true,
    origin: 'https://comfy.example',
    roles: createRoleTable(),
    store: server.store,
    audit: createCommandAudit({
      store: server.store.audit,
      environment: { sudoUser: undefined },
      now: Date.now,
      hasKeyFile: false,
    }),
    passwords: cheapPasswords,
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout,
  }
  expect(await command(args, { ...io, now: () => server.clock.nowMs })).toBe(0)
  return written
}
const addUser = (name: string, role: string, ...more: string[]) =>
  run(runUserCommand, ['add', name, '--role', role, '--password-stdin', ...more], `${alicePassword}\n`)

describe('gatehouse user', () => {
  it('adds somebody who can log in, in a tenant of their own or a shared one', async () => {
    expect(await addUser('Alice', 'owner')).toBe('Added alice (owner) in tenant alice.\n')
    await addUser('bob', 'user', '--tenant', 'Studio')
    await addUser('carol', 'user', '--tenant', 'studio')
    expect(await server.logIn('alice', alicePassword)).not.toBe('')
    const listed = JSON.parse(await run(runUserCommand, ['list', '--json']))
    expect(listed).toMatchObject([
      { name: 'alice', tenant: 'alice' },
      { name: 'bob', tenant: 'studio' },
      { name: 'carol', tenant: 'studio' },
    ])
    expect(await run(runUserCommand, ['list'])).toMatch(
      /^NAME +ROLE +TENANT +KIND +STATE +CREATED +ID\nalice +owner +alice +person +active +\d{4}-/,
    )
  })

  it('reads one line, with or without its end, and takes blanks as they are', async () => {
    await run(
      runUserCommand,
      ['add', 'ann', '--role', 'user', '--password-stdin'],
      '  blanks around it  \r\nsecond line',
    )
    expect(await server.logIn('ann', '  blanks around it  ')).not.toBe('')
    await run(runUserCommand, ['password', 'ann', '--password-stdin'], 'no line end at all')
    expect(await server.logIn('ann', 'no line end at all')).not.toBe('')
  })

  it('disables, enables, removes and re-passwords at once', async () => {
    await addUser('root-owner', 'owner')
    await addUser('bob', 'user')
    const cookie = await server.logIn('bob', alicePassword)
    const me = async () => (await server.ask('GET', `${apiPath}/me`, { cookie })).status
    expect(await me()).toBe(200)
    await run(runUserCommand, ['disable', 'BOB'])
    expect(await me()).toBe(401)
    await run(runUserCommand, ['enable', 'bob'])
    expect(await me()).toBe(401)
    await run(runUserCommand, ['password', 'bob', '--password-stdin'], 'an entirely new sentence\n')
    expect(await server.logIn('bob', 'an entirely new sentence')).not.toBe('')
    await run(runUserCommand, ['remove', 'bob'])
    expect(await server.store.users.findByName('bob')).toBeUndefined()
  })

  it('answers bad input with what to do instead', async () => {
    await addUser('olga', 'owner')
    const refusals: readonly (readonly [readonly string[], string, RegExp])[] = [
      [[], '', /Use user add, list, role, invite, disable/],
      [['frobnicate'], '', /There is no "user frobnicate"/],
      [['add'], '', /Name one user/],
      [['add', 'a', 'b'], '', /Name one user/],
      [['add', 'a/b', '--role', 'user', '--password-stdin'], 'x', /cannot be a name/],
      [['add', 'dan', '--password-stdin'], 'x', /--role: owner, admin, power, user, guest/],
      [['add', 'dan', '--role', 'king', '--password-stdin'], 'x', /--role/],
      [['add', 'dan', '--role', 'user'], alicePassword, /--password-stdin; an argument would be seen/],
      [['add', 'dan', '--role', 'user', '--password', 'x'], '', /Unknown option/],
      [['add', 'dan', '--role', 'user', '--password-stdin'], '', /Standard input is empty/],
      [['add', 'dan', '--role', 'user', '--password-stdin'], '\n', /Standard input is empty/],
      [['add', 'dan', '--role', 'user', '--password-stdin'], 'x'.repeat(5000), /too long/],
      [['add', 'dan', '--role', 'user', '--password-stdin'], 'changeme1234', /everybody tries first/],
      [['add', 'OLGA', '--role', 'user', '--password-stdin'], alicePassword, /taken/],
      [['disable', 'nobody'], '', /There is no user "nobody"\. See them with: gatehouse user list/],
      [['disable', 'olga'], '', /last owner/],
      [['remove', 'olga'], '', /last owner/],
    ]
    for (const [args, stdin, sentence] of refusals) {
      await expect(run(runUserCommand, args, stdin), args.join(' ')).rejects.toThrow(sentence)
    }
    expect(await server.store.users.list()).toHaveLength(1)
  })
})

describe('gatehouse token', () => {
  it('prints the token and nothing else', async () => {
    await addUser('alice', 'owner')
    const printed = await run(runTokenCommand, ['create', '--user', 'Alice', '--label', 'ci', '--expires', '90d'])
    expect(printed).toMatch(/^gh_[A-Za-z0-9]{12}_[A-Za-z0-9]{46}\n$/)
    const headers = { 'x-api-key': printed.trim() }
    expect((await server.ask('GET', `${apiPath}/me`, { headers })).status).toBe(200)
    const [listed] = JSON.parse(await run(runTokenCommand, ['list', '--user', 'alice', '--json']))
    expect(listed).toMatchObject({ user: 'alice', label: 'ci' })
    expect(Date.parse(listed.expiresAt) - server.clock.nowMs).toBe(90 * 24 * 60 * 60 * 1000)
    expect(await run(runTokenCommand, ['list'])).not.toContain(printed.split('_')[2]?.trim())
    expect(await run(runTokenCommand, ['revoke', listed.id])).toBe(`Revoked ${listed.id}.\n`)
    expect(codeOf(await server.ask('GET', `${apiPath}/me`, { headers }))).toBe('unauthenticated')
  })

  it('answers bad input with what to do instead', async () => {
    await addUser('alice', 'owner')
    const refusals: readonly (readonly [readonly string[], RegExp])[] = [
      [['create'], /--user NAME/],
      [['create', '--user', 'nobody'], /There is no user "nobody"/],
      [['create', '--user', 'alice', '--expires', 'soon'], /for example 90d/],
      [['create', '--user', 'alice', '--expires', '0d'], /for example 90d/],
      [['create', '--user', 'alice', '--expires', '999999999y'], /for example 90d/],
      [['create', '--user', 'alice', '--label', 'x'.repeat(101)], /Shorten --label/],
      [['revoke', 'nothing'], /gatehouse token list/],
      [['revoke'], /Name one token/],
    ]
    for (const [args, sentence] of refusals)
      await expect(run(runTokenCommand, args), args.join(' ')).rejects.toThrow(sentence)
  })
})

describe('gatehouse session', () => {
  it('lists what is open and ends one or all of somebody', async () => {
    await addUser('alice', 'owner')
    const cookies = [
      await server.logIn('alice', alicePassword),
      await server.logIn('alice', alicePassword),
      await server.logIn('alice', alicePassword),
    ]
    const listed = JSON.parse(await run(runSessionCommand, ['list', '--json']))
    expect(listed).toHaveLength(3)
    expect(await run(runSessionCommand, ['revoke', listed[0].id])).toBe('1 session has ended.\n')
    expect(await run(runSessionCommand, ['revoke', '--user', 'alice', '--json'])).toContain('"revoked": 2')
    for (const cookie of cookies) expect((await server.ask('GET', `${apiPath}/me`, { cookie })).status).toBe(401)
    await expect(run(runSessionCommand, ['revoke', 'nothing'])).rejects.toThrow(/gatehouse session list/)
  })

  it('shows no control characters of a browser name to the terminal', async () => {
    await addUser('alice', 'owner')
    const body = { username: 'alice', password: alicePassword }
    await server.ask('POST', `${apiPath}/login`, { body, headers: { 'user-agent': 'evil\u009b31mred' } })
    const table = await run(runSessionCommand, ['list'])
    expect(table).toMatch(/evil.*\?31mred/)
    expect(table).not.toMatch(/\p{Cc}(?<!\n)/u)
  })
})
