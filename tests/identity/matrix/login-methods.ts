/** How are sessions right and wrong that a passkey, a provider or a key opened, and passwords of a directory or a bcrypt list? */

import { createWalker } from '../../support/cookie-jar.ts'
import { hasSlapd, slapdIsMissing } from '../../support/slapd.ts'
import { createSoftPasskey, type SoftPasskey } from '../../support/soft-passkey.ts'
import { locationOf, walkThere } from '../company-login.ts'
import { asCookie, bySession, hashOf, signedIn } from './ambient-methods.ts'
import { ask, type Door } from './ask.ts'
import { byApiKey, byHtpasswd, guess, keyOf } from './key-methods.ts'
import { altered, api, asBasic, basicPair, type Carry, type Method, ownPage, post, type Wrong } from './method.ts'
import {
  bcrypted,
  filed,
  foreignPasswordOf,
  keyed,
  passwordOf,
  people,
  type Role,
  type Site,
  services,
} from './site.ts'

/** A session that was opened in this way, and how it is wrong. */
function sessionBy(open: (site: Site, role: Role) => Promise<string>): Pick<Method, 'valid' | 'wrong'> {
  const silent = (secret: string): Wrong => ({ secret, isSilent: true })
  return {
    valid: open,
    wrong: {
      expired: async (site) => {
        const secret = await open(site, 'owner')
        const ended = { expires_at_ms: Date.now() - 1_000 }
        await site.db.updateTable('sessions').set(ended).where('hash', '=', hashOf(secret)).execute()
        return silent(secret)
      },
      revoked: async (site) => {
        const secret = await open(site, 'owner')
        return { ...silent(secret), end: () => site.main.store.sessions.revoke(hashOf(secret)) }
      },
      foreign: bySession.wrong.foreign,
      malformed: async (site) => silent(altered(await open(site, 'owner'))),
    },
  }
}

/** Passkeys are for host names, and this one is in the certificate. */
const named = ({ url }: Door) => ({ host: `localhost:${new URL(url).port}` })
const originOf = (door: Door) => `https://${named(door).host}`
const passkeys = new Map<string, SoftPasskey>()

async function passkeyOf({ door }: Site, name: string): Promise<SoftPasskey> {
  const known = passkeys.get(`${door.url} ${name}`)
  if (known !== undefined) return known
  const cookie = `__Host-gatehouse=${await signedIn(door, name, passwordOf(name))}`
  const headers = { ...named(door), cookie, origin: originOf(door), 'sec-fetch-site': 'same-origin' }
  const made = createSoftPasskey(originOf(door))
  const offered: unknown = JSON.parse(await post(door, '/factors/passkey/options', {}, headers))
  await post(door, '/factors/passkey', { passkey: made.create(offered), label: 'laptop' }, headers)
  passkeys.set(`${door.url} ${name}`, made)
  return made
}

export const byPasskey: Method = {
  ...{ name: 'session', kind: 'a session that a passkey opened', carriers: { Cookie: asCookie } },
  ...{ people: keyed, door: (site) => site.door },
  ...sessionBy(async (site, role) => {
    const passkey = await passkeyOf(site, keyed[role])
    const headers = named(site.door)
    const asked: unknown = JSON.parse(await post(site.door, '/passkey/options', { purpose: 'login' }, headers))
    const bytes = Buffer.from(JSON.stringify({ passkey: passkey.get(asked) }))
    const body = { type: 'application/json', bytes }
    const { status, text, cookie } = await ask(site.door, { method: 'POST', path: `${api}/login`, headers, body })
    if (status !== 200 || cookie === undefined) throw new Error(`no log-in of ${keyed[role]}: ${status} ${text}`)
    return cookie
  }),
}

async function opensWith({ door }: Site, apiKey: string): Promise<string> {
  const body = { type: 'application/json', bytes: Buffer.from(JSON.stringify({ apiKey })) }
  const { status, text, cookie } = await ask(door, { method: 'POST', path: `${api}/login`, body })
  if (status !== 200 || cookie === undefined) throw new Error(`no log-in with a key: ${status} ${text}`)
  return cookie
}

const byKeyAt = sessionBy(async (site, role) => opensWith(site, (await keyOf(site.main.store, people[role])).key))

export const byKeySession: Method = {
  ...{ name: 'session', kind: 'a session that an API key opened', carriers: { Cookie: asCookie }, people },
  ...{ ...byKeyAt, door: (site) => site.door },
  wrong: {
    ...byKeyAt.wrong,
    // Its end is that of the key.
    revoked: async (site) => {
      const { key, revoke } = await keyOf(site.main.store, people.owner)
      return { secret: await opensWith(site, key), isSilent: true, end: revoke }
    },
  },
}

/** All the way to the provider and back; the cookie as it is sent. */
async function logsInThere({ provider, otherDoor, otherSays }: Site, name: string): Promise<string> {
  otherSays('')
  provider.people.set(`id-of-${name}`, { preferred_username: name })
  const walker = createWalker()
  const start = `${otherDoor.url}${api}/oidc/company/login`
  const there = locationOf(await walker.go(start), start)
  const callback = await walkThere(walker, provider.url, there, `id-of-${name}`)
  await walker.go(callback, { fromElsewhere: true })
  const own = [...walker.cookies(otherDoor.url)].find(([, value]) => value.startsWith('s%3A'))
  if (own === undefined) throw new Error(`no log-in of ${name} at the provider`)
  return own.join('=')
}

const asItIs: Carry = (secret, door) => ({ headers: { ...ownPage(door), cookie: secret } })
const sessionIn = (cookie: string) => cookie.slice(cookie.indexOf('=') + 1)

export const byProvider: Method = {
  ...{ name: 'session', kind: 'a session that a provider opened', carriers: { Cookie: asItIs }, people },
  door: (site) => site.otherDoor,
  valid: (site, role) => logsInThere(site, people[role]),
  wrong: {
    expired: async (site) => {
      const secret = await logsInThere(site, people.owner)
      const ended = { expires_at_ms: Date.now() - 1_000 }
      await site.otherDb
        .updateTable('sessions')
        .set(ended)
        .where('hash', '=', hashOf(sessionIn(secret)))
        .execute()
      return { secret, isSilent: true }
    },
    revoked: async (site) => {
      const secret = await logsInThere(site, people.owner)
      return { secret, isSilent: true, end: () => site.provider.signsOut(`id-of-${people.owner}`) }
    },
    foreign: async (site) => {
      const [name] = (await logsInThere(site, people.owner)).split('=')
      const elsewhere = await signedIn(site.door, people.owner, passwordOf(people.owner))
      return { secret: `${name}=${elsewhere}`, isSilent: true }
    },
    malformed: async (site) => ({ secret: altered(await logsInThere(site, people.owner)), isSilent: true }),
  },
}

let count = 0
const newName = () => {
  count += 1
  return `directory-${count}`
}

export const byDirectory: Method = {
  ...{ name: 'basic', kind: 'a name and a password of a directory', carriers: asBasic, people: filed },
  missing: hasSlapd() ? undefined : slapdIsMissing,
  door: (site) => site.door,
  valid: async (_site, role) => basicPair(filed[role], passwordOf(filed[role])),
  wrong: {
    expired: async (site) => {
      const { name } = await site.inDirectory(newName(), 'owner', 'shadowExpire: 1\n')
      return guess(basicPair(name, passwordOf(name)))
    },
    revoked: async (site) => {
      const { id, name } = await site.inDirectory(newName(), 'owner')
      const end = () => site.main.store.users.setState(id, 'disabled')
      return { ...guess(basicPair(name, passwordOf(name))), end }
    },
    foreign: async (site) => {
      const { name } = await site.inDirectory(newName(), 'owner')
      return guess(basicPair(name, foreignPasswordOf(people.owner)))
    },
    malformed: async () => ({ secret: Buffer.from(`${filed.owner}:\u00e4`, 'latin1').toString('base64') }),
  },
}

export const byBcrypt: Method = {
  ...byHtpasswd,
  ...{ kind: 'a name and a bcrypt password of the list', people: bcrypted },
  valid: async (_site, role) => basicPair(bcrypted[role], passwordOf(bcrypted[role])),
  wrong: {
    ...byHtpasswd.wrong,
    foreign: async (site) => guess(basicPair(bcrypted.owner, `${foreignPasswordOf(people.owner)} ${site.lab.length}`)),
    malformed: async () => ({ secret: Buffer.from(bcrypted.owner).toString('base64') }),
    revoked: 'as for any line of the list',
  },
}

export const byService: Method = {
  ...byApiKey,
  ...{ kind: 'a key of a service account', people: services },
  valid: async ({ main }, role) => (await keyOf(main.store, services[role])).key,
  wrong: {
    ...{ expired: 'as any API key', foreign: 'as any API key', malformed: 'as any API key' },
    revoked: async ({ main }) => {
      const { key, revoke } = await keyOf(main.store, services.owner)
      return { secret: key, end: revoke }
    },
  },
}
