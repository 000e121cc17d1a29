/** How are keys, fixed keys, passwords and tokens of programs right and wrong? */
import { mintApiKey } from '../../../sidecar/src/identity/api-key.ts'
import type { Store } from '../../../sidecar/src/store/store.ts'
import { sessionTokensOf } from './forged-token.ts'
import { altered, asBasic, asToken, basicPair, type Method, post, type Wrong } from './method.ts'
import { cheap, fixedKeyOf, foreignPasswordOf, listed, passwordOf, people, type Role, type Site } from './site.ts'

const door = (site: Site) => site.door
const endless = 'has no end of its own'

export async function keyOf(store: Store, name: string, expiresAtMs: number | null = null) {
  const member = await store.users.findByName(name)
  if (member === undefined) throw new Error(`${name} is not there`)
  const { id, key, secretHash } = mintApiKey()
  await store.apiKeys.add({ id, userId: member.id, label: 'matrix', secretHash, expiresAtMs })
  return { key, revoke: () => store.apiKeys.revoke(id) }
}

const past = () => Date.now() - 1_000

export const byApiKey: Method = {
  ...{ name: 'api-key', kind: 'an API key', carriers: asToken, people, door },
  valid: async ({ main }, role) => (await keyOf(main.store, people[role])).key,
  wrong: {
    expired: async ({ main }) => ({ secret: (await keyOf(main.store, people.owner, past())).key }),
    revoked: async ({ main }) => {
      const { key, revoke } = await keyOf(main.store, people.owner)
      return { secret: key, end: revoke }
    },
    foreign: async ({ other }) => ({ secret: (await keyOf(other.store, people.owner)).key }),
    malformed: async ({ main }) => ({ secret: (await keyOf(main.store, people.owner)).key.slice(0, -1) }),
  },
}

export const guess = (secret: string): Wrong => ({ secret, isGuess: true })

export const byBasicKey: Method = {
  ...{ name: 'basic', kind: 'a name with an API key', carriers: asBasic, people, door },
  valid: async ({ main }, role) => basicPair(people[role], (await keyOf(main.store, people[role])).key),
  wrong: {
    expired: async (site) => {
      const { name } = await site.victim()
      return guess(basicPair(name, (await keyOf(site.main.store, name, past())).key))
    },
    revoked: async (site) => {
      const { name } = await site.victim()
      const { key, revoke } = await keyOf(site.main.store, name)
      return { ...guess(basicPair(name, key)), end: revoke }
    },
    foreign: async (site) => {
      const { name } = await site.victim()
      return guess(basicPair(name, (await keyOf(site.other.store, people.owner)).key))
    },
    malformed: async (site) => {
      const { name } = await site.victim()
      return guess(basicPair(name, (await keyOf(site.main.store, name)).key.slice(0, -1)))
    },
  },
}

export const byBasic: Method = {
  ...{ name: 'basic', kind: 'a name and a password', carriers: asBasic, people, door },
  valid: async (_site, role) => basicPair(people[role], passwordOf(people[role])),
  wrong: {
    expired: `a password ${endless}`,
    revoked: async (site) => {
      const { id, name } = await site.victim(passwordOf('anybody'))
      const end = async () => site.main.store.users.setPassword(id, await cheap.hash('another one, from now on'))
      return { ...guess(basicPair(name, passwordOf('anybody'))), end }
    },
    foreign: async (site) => {
      const { name } = await site.victim(passwordOf('anybody'))
      return guess(basicPair(name, foreignPasswordOf(people.owner)))
    },
    malformed: async () => ({ secret: Buffer.from(people.owner).toString('base64') }),
  },
}

export const byHtpasswd: Method = {
  ...{ name: 'basic', kind: 'a name and a password of the list', carriers: asBasic, people: listed, door },
  valid: async (_site, role) => basicPair(listed[role], passwordOf(listed[role])),
  wrong: {
    expired: `a line of the list ${endless}`,
    revoked: async (site) => {
      const name = await site.listedVictim()
      return { ...guess(basicPair(name, passwordOf(name))), end: async () => site.takeBack() }
    },
    foreign: async (site) => {
      const name = await site.listedVictim()
      return guess(basicPair(name, foreignPasswordOf(people.owner)))
    },
    malformed: async () => ({ secret: Buffer.from(`${listed.owner}:\u00e4`, 'latin1').toString('base64') }),
  },
}

export const byStaticKey: Method = {
  ...{ name: 'static-key', kind: 'a fixed key', carriers: asToken, people, door },
  valid: async (_site, role) => fixedKeyOf(people[role]),
  wrong: {
    expired: `a fixed key ${endless}`,
    revoked: async (site) => ({ ...guess(fixedKeyOf(await site.fixedVictim())), end: async () => site.takeBack() }),
    foreign: async () => guess(fixedKeyOf('somebody-elsewhere')),
    malformed: async () => guess(fixedKeyOf(people.owner).slice(0, -1)),
  },
}

const accessOf = async (site: Pick<Site, 'door'>, role: Role, password: (name: string) => string) => {
  const text = await post(site.door, '/token', { username: people[role], password: password(people[role]) })
  return String(/"access_token":"([^"]+)"/.exec(text)?.[1])
}

export const bySessionToken: Method = {
  ...{ name: 'session-token', kind: 'a token of a program', carriers: asToken, people, door },
  valid: (site, role) => accessOf(site, role, passwordOf),
  wrong: {
    expired: async (site) => ({
      secret: await sessionTokensOf(site.main.store).expired(await accessOf(site, 'owner', passwordOf)),
    }),
    revoked: async (site) => {
      const secret = await accessOf(site, 'owner', passwordOf)
      return { secret, end: () => post(site.door, '/token/revoke', { token: secret }) }
    },
    foreign: async ({ otherDoor }) => ({ secret: await accessOf({ door: otherDoor }, 'owner', foreignPasswordOf) }),
    malformed: async (site) => ({ secret: altered(await accessOf(site, 'owner', passwordOf)) }),
  },
}
