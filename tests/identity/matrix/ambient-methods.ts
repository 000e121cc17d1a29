/** How are sessions, tickets, and what a stranger is taken for, right and wrong? */

import { mintApiKey } from '../../../sidecar/src/identity/api-key.ts'
import { sha256Hex } from '../../../sidecar/src/identity/constant-time.ts'
import { sessionHash } from '../../../sidecar/src/identity/session-cookie.ts'
import { ticketTarget } from '../../../sidecar/src/identity/ticket.ts'
import { randomText } from '../../../sidecar/src/store/random-id.ts'
import type { Door } from './ask.ts'
import { ask } from './ask.ts'
import { altered, api, asToken, type Carry, type Method, ownPage, post, type Secret } from './method.ts'
import { type RowClass, rowClasses, type Side } from './rows.ts'
import { foreignPasswordOf, passwordOf, people, type Role, type Site } from './site.ts'

/** The value of the cookie. */
export async function signedIn(door: Door, username: string, password: string): Promise<string> {
  const bytes = Buffer.from(JSON.stringify({ username, password }))
  const sent = { method: 'POST', path: `${api}/login`, body: { type: 'application/json', bytes } }
  const { status, cookie } = await ask(door, sent)
  if (status !== 200 || cookie === undefined) throw new Error(`no log-in of ${username}: ${status}`)
  return cookie
}

export const asCookie: Carry = (secret, door) => ({
  headers: { ...ownPage(door), cookie: `__Host-gatehouse=${secret}` },
})
export const hashOf = (value: string) => sessionHash(decodeURIComponent(value).slice(2, 45))
const ofOwner = (site: Site) => signedIn(site.door, people.owner, passwordOf(people.owner))

/** A stale cookie lies about in every browser: it is a stranger's, and no refusal of what stands beside it. */
export const bySession: Method = {
  ...{ name: 'session', kind: 'a session', carriers: { Cookie: asCookie }, people, door: (site) => site.door },
  valid: (site, role) => signedIn(site.door, people[role], passwordOf(people[role])),
  wrong: {
    expired: async (site) => {
      const secret = await ofOwner(site)
      const ended = { expires_at_ms: Date.now() - 1_000 }
      await site.db.updateTable('sessions').set(ended).where('hash', '=', hashOf(secret)).execute()
      return { secret, isSilent: true }
    },
    revoked: async (site) => {
      const secret = await ofOwner(site)
      return { secret, isSilent: true, end: () => site.main.store.sessions.revoke(hashOf(secret)) }
    },
    foreign: async ({ otherDoor }) => ({
      secret: await signedIn(otherDoor, people.owner, foreignPasswordOf(people.owner)),
      isSilent: true,
    }),
    malformed: async (site) => ({ secret: altered(await ofOwner(site)), isSilent: true }),
  },
}

async function keyOf({ main: { store } }: Pick<Site, 'main'>, name: string) {
  const { id, key, secretHash } = mintApiKey()
  const member = await store.users.findByName(name)
  if (member === undefined) throw new Error(`${name} is not there`)
  await store.apiKeys.add({ id, userId: member.id, label: 'ticket', secretHash, expiresAtMs: null })
  return { member, key, id, revoke: () => store.apiKeys.revoke(id) }
}

const [picture] = rowClasses.filter(({ key }) => key === 'GET /view')

/** Made for the very row where one can be, and for a socket everywhere else. */
async function ticketFor(door: Door, key: string, rowClass: RowClass, side: Side): Promise<string> {
  const wanted =
    rowClass === picture ? { purpose: 'view', target: `${side}${rowClass.path}` } : { purpose: 'websocket' }
  const text = await post(door, '/tickets', wanted, { authorization: `Bearer ${key}` })
  return String(/"ticket":"([^"]+)"/.exec(text)?.[1])
}

/** Those of every cell, made before anything ends. */
async function ticketsOf(door: Door, key: string, change: (text: string) => string = (text) => text): Promise<Secret> {
  if (picture === undefined) throw new Error('no row shows pictures')
  const socket = change(await ticketFor(door, key, { ...picture }, ''))
  const pictures = {
    '': change(await ticketFor(door, key, picture, '')),
    '/api': change(await ticketFor(door, key, picture, '/api')),
  }
  return async (rowClass, side) => (rowClass === picture ? pictures[side] : socket)
}

export const byTicket: Method = {
  ...{ name: 'ticket', kind: 'a ticket', people, door: (site) => site.door },
  carriers: asToken,
  opens: (rowClass) => rowClass === picture || rowClass.isUpgrade === true,
  valid: async (site, role) => {
    const { key } = await keyOf(site, people[role])
    return (rowClass, side) => ticketFor(site.door, key, rowClass, side)
  },
  wrong: {
    expired: async (site) => {
      const { member, id } = await keyOf(site, people.owner)
      return {
        secret: async (rowClass, side) => endedTicket(site, { userId: member.id, credentialId: id }, rowClass, side),
      }
    },
    revoked: async (site) => {
      const { key, revoke } = await keyOf(site, people.owner)
      return { secret: await ticketsOf(site.door, key), end: revoke }
    },
    foreign: async ({ other, otherDoor }) => {
      const { key } = await keyOf({ main: other }, people.owner)
      return { secret: await ticketsOf(otherDoor, key) }
    },
    malformed: async (site) => {
      const { key } = await keyOf(site, people.owner)
      return { secret: await ticketsOf(site.door, key, (text) => text.slice(0, -1)) }
    },
  },
}

type Owner = Pick<Parameters<Site['main']['store']['tickets']['add']>[0], 'userId' | 'credentialId'>

async function endedTicket({ main }: Site, owner: Owner, rowClass: RowClass, side: Side): Promise<string> {
  const text = `ght_${randomText('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', 40)}`
  const address = new URL(`${side}${rowClass.path}`, 'http://any')
  const target = rowClass === picture ? ticketTarget(address.pathname, new Map(address.searchParams)) : null
  await main.store.tickets.add({
    ...{ hash: sha256Hex(text), ...owner, purpose: target === null ? 'websocket' : 'view', target, method: 'api-key' },
    ...{ provenAtMs: 0, endsAtMs: null, impersonatorId: null, scopes: null, workflow: null },
    ...{ createdAtMs: 0, expiresAtMs: Date.now() - 1_000 },
  })
  return text
}

/** Of whoever asks from this machine. */
const asAddress = { 'the address': () => ({}) } as const

/** The person is the other instance's, where strangers are somebody. */
async function taken(site: Site, section: 'localhost' | 'guest', name: string): Promise<string> {
  site.otherSays(`${section}: { user: ${name} }`)
  return ''
}

async function ends({ other, otherSays }: Site, section: 'localhost' | 'guest', role: Role) {
  const name = `${section}-${Date.now()}`
  const { id } = await other.store.users.add({ name, role, passwordHash: null })
  otherSays(`${section}: { user: ${name} }`)
  return { secret: '', end: () => other.store.users.setState(id, 'disabled') }
}

const owner = (site: Site) => taken(site, 'localhost', people.owner)

export const byLocalhost: Method = {
  ...{ name: 'local', kind: 'this machine', carriers: asAddress, people, door: (site) => site.otherDoor },
  isStranger: true,
  valid: (site, role) => taken(site, 'localhost', people[role]),
  wrong: {
    expired: 'nobody proved anything that could end',
    revoked: (site) => ends(site, 'localhost', 'owner'),
    foreign: async (site) => {
      const carry: Carry = () => ({ headers: { 'x-forwarded-for': '127.0.0.1' } })
      return { secret: await owner(site), carry, isSilent: true }
    },
    malformed: async (site) => {
      const carry: Carry = () => ({ headers: { host: 'evil.example' } })
      return { secret: await owner(site), carry, isSilent: true }
    },
  },
}

const nothing = 'a guest brings nothing'

export const byGuest: Method = {
  ...{ name: 'guest', kind: 'no credential at all', carriers: asAddress, door: (site) => site.otherDoor },
  isStranger: true,
  people: { user: people.user, guest: people.guest },
  valid: (site, role) => taken(site, 'guest', people[role]),
  wrong: {
    expired: nothing,
    revoked: async (site) => ({ ...(await ends(site, 'guest', 'user')), isSilent: true }),
    foreign: nothing,
    malformed: nothing,
  },
}
