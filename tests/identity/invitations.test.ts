/** Does an invitation bring in one person, with what the inviter could have given, and nobody else? */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { alicePassword, apiPath, codeOf, cookieOf, field, type OwnServer, startOwnServer } from './own-server.ts'
import { runCommandIn } from './run-command.ts'

const password = 'seven lanterns by the quay'
const dayMs = 24 * 60 * 60_000

let server: OwnServer
beforeEach(async () => {
  server = await startOwnServer()
  for (const role of ['owner', 'admin', 'user'] as const) await server.addUser(`the-${role}`, role)
})
afterEach(() => server[Symbol.asyncDispose]())

const as = (role: string) => server.logIn(`the-${role}`, alicePassword)
const invite = async (role: string, body: object) =>
  server.ask('POST', `${apiPath}/invitations`, { cookie: await as(role), body })
const tokenOf = (path: unknown): string => String(path).split('#')[1] ?? ''
const inviteToken = async (body: object = { role: 'user' }, by = 'admin') =>
  tokenOf(field(await invite(by, body), 'path'))
const accept = (token: string, username = 'nora', chosen = password) =>
  server.ask('POST', `${apiPath}/invitations/accept`, { body: { token, username, password: chosen } })
const look = (token: string) => server.ask('POST', `${apiPath}/invitations/look`, { body: { token } })

describe('an invitation', () => {
  it('lets the invited choose name and password, and signs them in', async () => {
    const made = await invite('admin', { role: 'user', tenant: 'studio' })
    expect(made.status).toBe(201)
    expect(field(made, 'path')).toMatch(/^\/invite#[\w-]{32}$/)
    const token = tokenOf(field(made, 'path'))
    expect((await look(token)).json).toEqual({ role: 'user', tenant: 'studio', user: null })
    const reply = await accept(token, 'Nora')
    expect(reply.json).toMatchObject({ user: 'nora', role: 'user', tenant: 'studio' })
    expect((await server.ask('GET', `${apiPath}/me`, { cookie: cookieOf(reply) })).status).toBe(200)
    expect(await server.logIn('nora', password)).not.toBe('')
    expect(server.audited.map(({ kind }) => kind)).toContain('invitation.created')
    expect(server.audited).toContainEqual(
      expect.objectContaining({ kind: 'user.created', method: 'invitation', target: 'nora' }),
    )
  })

  it('is kept as a hash, and told once', async () => {
    const made = await invite('admin', { role: 'user' })
    const token = tokenOf(field(made, 'path'))
    const listed = await server.ask('GET', `${apiPath}/invitations`, { cookie: await as('admin') })
    expect(listed.json).toMatchObject([{ id: field(made, 'id'), role: 'user', invitedBy: 'the-admin' }])
    const kept = JSON.stringify([await server.store.invitations.list(), server.audited, listed.json])
    expect(kept).not.toContain(token)
  })

  it('makes one account of fifty who use it at once', async () => {
    const token = await inviteToken()
    const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => accept(token, `guest${index}`)))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const reply of replies) if (reply.status !== 200) expect(codeOf(reply)).toBe('bad_invitation')
    expect(await server.store.users.list()).toHaveLength(4)
  })

  it('ends after a week, after its own time, and when it is taken back', async () => {
    const tokens = [await inviteToken(), await inviteToken({ role: 'user', expiresInDays: 9 })]
    const taken = await invite('admin', { role: 'user', expiresInDays: 300 })
    server.clock.nowMs += 7 * dayMs
    expect(codeOf(await accept(tokens[0] ?? ''))).toBe('bad_invitation')
    expect((await look(tokens[1] ?? '')).status).toBe(200)
    server.clock.nowMs += 2 * dayMs
    expect(codeOf(await look(tokens[1] ?? ''))).toBe('bad_invitation')
    const path = `${apiPath}/invitations/${String(field(taken, 'id'))}`
    expect((await server.ask('DELETE', path, { cookie: await as('admin') })).status).toBe(204)
    expect(codeOf(await server.ask('DELETE', path, { cookie: await as('admin') }))).toBe('not_found')
    expect(codeOf(await accept(tokenOf(field(taken, 'path'))))).toBe('bad_invitation')
  })

  it('stays good while the name is taken or the password weak', async () => {
    const token = await inviteToken()
    expect(codeOf(await accept(token, 'the-user'))).toBe('name_taken')
    expect(codeOf(await accept(token, 'nora', 'password'))).toBe('weak_password')
    expect(codeOf(await accept(token, ' '))).toBe('bad_input')
    expect((await accept(token)).status).toBe(200)
  })

  it('may hold the name, which nobody can change then', async () => {
    const token = await inviteToken({ role: 'user', user: 'Nora' })
    expect((await look(token)).json).toMatchObject({ user: 'nora' })
    expect(field(await accept(token, 'mallory'), 'user')).toBe('nora')
    expect(await server.store.users.findByName('mallory')).toBeUndefined()
    expect(codeOf(await invite('admin', { role: 'user', user: 'nora' }))).toBe('name_taken')
  })

  it('gives nobody what the inviter lacks', async () => {
    for (const body of [{ role: 'owner' }, { role: 'admin' }, { role: 'user', tenant: 'the-owner' }]) {
      expect(codeOf(await invite('admin', body)), JSON.stringify(body)).toBe('forbidden')
      expect(codeOf(await invite('user', body)), JSON.stringify(body)).toBe('forbidden')
    }
    expect(codeOf(await invite('user', { role: 'guest' }))).toBe('forbidden')
    expect(codeOf(await invite('owner', { role: 'nobody-knows' }))).toBe('bad_input')
    expect((await invite('owner', { role: 'owner' })).status).toBe(201)
    const cookie = await as('admin')
    const [{ id } = { id: '' }] = await server.store.invitations.list()
    expect(codeOf(await server.ask('DELETE', `${apiPath}/invitations/${id}`, { cookie }))).toBe('forbidden')
  })

  it.each([
    ['the inviter is disabled', async () => server.store.users.setState(await idOf('the-admin'), 'disabled')],
    ['the inviter gets a lesser role', async () => server.store.users.setRole(await idOf('the-admin'), 'user')],
    [
      'somebody greater moves into the tenant that it leads to',
      async () => void (await server.addUser('the-second-owner', 'owner', alicePassword, 'studio')),
    ],
    [
      'nobody may make an account any more',
      async () => {
        server.registration = { ...server.registration, mode: 'off' }
      },
    ],
  ])('makes no account when %s while it is being accepted, and is not used up by that', async (_what, change) => {
    const token = await inviteToken({ role: 'user', tenant: 'studio' })
    const { passwords } = server.identity
    const { hash } = passwords
    using hashing = vi.spyOn(passwords, 'hash').mockImplementationOnce(async (text) => {
      await change()
      return hash(text)
    })
    expect(codeOf(await accept(token))).toBe('bad_invitation')
    expect(hashing).toHaveBeenCalled()
    expect(await server.store.users.findByName('nora')).toBeUndefined()
    expect(await server.store.invitations.list()).toHaveLength(1)
  })

  it.each([
    ['was disabled', async (id: string) => server.store.users.setState(await idOf(id), 'disabled')],
    ['has a lesser role', async (id: string) => server.store.users.setRole(await idOf(id), 'user')],
    ['was removed', async (id: string) => server.store.users.remove(await idOf(id))],
  ])('is worth nothing once the inviter %s', async (_how, dismiss) => {
    const token = await inviteToken()
    await dismiss('the-admin')
    expect(codeOf(await look(token))).toBe('bad_invitation')
    expect(codeOf(await accept(token))).toBe('bad_invitation')
  })

  it('joins no tenant in which somebody is by now whom the inviter may not touch', async () => {
    const token = await inviteToken({ role: 'user', tenant: 'studio' })
    await server.addUser('olga', 'owner', alicePassword, 'studio')
    expect(codeOf(await accept(token))).toBe('bad_invitation')
  })

  it('is neither made nor good while nobody may make an account', async () => {
    const token = await inviteToken()
    server.registration = { ...server.registration, mode: 'off' }
    expect(codeOf(await accept(token))).toBe('bad_invitation')
    expect(codeOf(await invite('owner', { role: 'user' }))).toBe('forbidden')
    await expect(runCommandIn(server, ['user', 'invite', '--role', 'user'])).rejects.toThrow('auth.registration is off')
  })

  it('is made with a key by nobody', async () => {
    const owner = await server.store.users.findByName('the-owner')
    if (owner === undefined) throw new Error('no owner')
    const headers = { 'x-api-key': await server.addKey(owner) }
    expect(codeOf(await server.ask('POST', `${apiPath}/invitations`, { headers, body: { role: 'user' } }))).toBe(
      'forbidden',
    )
  })

  it('comes from the command line as well, as a link', async () => {
    const printed = await runCommandIn(server, [
      'user',
      'invite',
      '--role',
      'user',
      '--tenant',
      'studio',
      '--expires',
      '3d',
    ])
    expect(printed).toMatch(/^https:\/\/comfy\.example\/invite#[\w-]{32}\n$/)
    expect(field(await accept(tokenOf(printed.trim())), 'tenant')).toBe('studio')
    const late = tokenOf((await runCommandIn(server, ['user', 'invite', '--role', 'user', '--expires', '3d'])).trim())
    server.clock.nowMs += 3 * dayMs
    expect(codeOf(await accept(late, 'pia'))).toBe('bad_invitation')
  })
})

const idOf = async (name: string) => {
  const member = await server.store.users.findByName(name)
  if (member === undefined) throw new Error(`no ${name}`)
  return member.id
}
