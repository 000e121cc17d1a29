/** Does what the configuration no longer names end, although a file that it names besides cannot be read at that moment? */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { type Config, ConfigError, loadConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { createLiveConfig, type LiveConfig } from '../config/live-config.ts'
import { htpasswdIssuer } from '../identity/htpasswd/htpasswd-source.ts'
import { parseHtpasswd } from '../identity/htpasswd/parse-htpasswd.ts'
import { createStaticKeyCheck, type StaticKeyCheck } from '../identity/static-key.ts'
import { createLog } from '../log.ts'
import { followJwtIssuers } from './build-jwt.ts'
import { createFollowedHtpasswd } from './follow-htpasswd.ts'
import { createFollowedLdap } from './follow-ldap.ts'
import { createFollowedOidc } from './follow-oidc.ts'
import { followStaticKeys } from './follow-static-keys.ts'
import { findStaticKeys } from './read-secrets.ts'

const environment = readEnvironment({})
const log = createLog({ level: 'silent' })
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-follow-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function fileOf(name: string, text = `${name}-Secret-4711-${'x9'.repeat(16)}`): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}
const missing = () => join(folder, 'missing')

function configOf(auth: object): Config {
  const path = fileOf('gatehouse.yaml', stringify({ auth }))
  return loadConfig(environment, { config: path, data: folder })
}

/** Another configuration is obeyed, as far as its files can be read. */
function change(live: LiveConfig, auth: object): void {
  expect(() => live.replace(configOf(auth))).toThrow(ConfigError)
}

/** Sessions that each source opened, and which of them were ended. */
function storeOf(sessions: readonly object[]) {
  const ended: unknown[] = []
  const revoke = async (hash: unknown) => void ended.push(hash)
  const store = {
    sessions: { list: async () => sessions, revoke },
    users: { endForeignPassword: async () => undefined },
    suspensions: {},
  }
  return { ended, store: parseStore(store) }
}

function parseStore(value: unknown): never {
  return value as never
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

it('a fixed key is taken no more, and one that could not be read comes back with its file', () => {
  const entry = (name: string, file = fileOf(name)) => ({ name, user: name, file })
  const live = createLiveConfig(configOf({ static_keys: [entry('kept'), entry('gone')] }))
  let check: StaticKeyCheck = () => undefined
  const [closed, ended]: [string[], string[]] = [[], []]
  const stop = followStaticKeys({
    live,
    identity: {
      replaceStaticKeys: (keys) => {
        check = createStaticKeyCheck(keys)
      },
    },
    hub: {
      close: (isMeant) => {
        const members = ['kept', 'gone', 'new'].map((credentialId) => ({ credentialId }))
        closed.push(...members.filter((each) => isMeant(parseStore(each))).map(({ credentialId }) => credentialId))
      },
    },
    ended: (name) => ended.push(name),
    find: () => findStaticKeys(live.current(), environment),
  })
  const taken = () => ['kept', 'gone', 'new'].filter((name) => check(`${name}-Secret-4711-${'x9'.repeat(16)}`))
  change(live, { static_keys: [entry('kept'), entry('new', missing())] })
  expect([taken(), closed, ended]).toEqual([['kept'], ['gone'], ['gone']])
  live.replace(configOf({ static_keys: [entry('kept'), entry('new')] }))
  expect(taken()).toEqual(['kept', 'new'])
  stop()
})

it('a fixed key is taken no more beside one that cannot be a key', () => {
  const entry = (name: string, text?: string) => ({ name, user: name, file: fileOf(name, text) })
  const live = createLiveConfig(configOf({ static_keys: [entry('kept'), entry('gone')] }))
  let names: readonly string[] = []
  followStaticKeys({
    live,
    identity: {
      replaceStaticKeys: (keys) => {
        createStaticKeyCheck(keys)
        names = keys.map(({ name }) => name)
      },
    },
    hub: { close: () => undefined },
    ended: () => undefined,
    find: () => findStaticKeys(live.current(), environment),
  })
  expect(() => live.replace(configOf({ static_keys: [entry('kept'), entry('new', 'short')] }))).toThrow('too short')
  expect(names).toEqual(['kept'])
})

it('an issuer of tokens vouches for nobody any more', () => {
  const entry = (name: string, file = fileOf(name)) => ({
    ...{ name, issuer: `https://${name}.test`, audience: 'gatehouse', secret_file: file },
  })
  const live = createLiveConfig(configOf({ jwt: [entry('kept'), entry('gone')] }))
  const followed = followJwtIssuers({ live, environment, log, now: Date.now })
  const [kept] = followed.current()
  const gone: boolean[] = []
  followed.onGone((isProvenBy) => gone.push(isProvenBy('jwt:gone:digest'), isProvenBy('jwt:kept:digest')))
  change(live, { jwt: [entry('kept'), entry('new', missing())] })
  expect(followed.current()).toEqual([kept])
  expect(gone).toHaveLength(2)
  followed.close()
})

it('a provider opens nothing any more, and what it opened ends', async () => {
  const entry = (name: string, file = fileOf(name)) => ({
    ...{ name, issuer: `https://${name}.test`, client_id: 'gatehouse', client_secret_file: file },
  })
  const base = { ...configOf({ oidc: [entry('kept'), entry('gone')] }) }
  const live = createLiveConfig(base)
  const followed = createFollowedOidc({ live, environment, log, now: Date.now })
  const session = (name: string) => ({ hash: name, method: 'oidc', issuer: `https://${name}.test` })
  const { store, ended } = storeOf([session('kept'), session('gone'), session('new')])
  const stop = await followed.follow({
    ...{ store, resolve: () => Promise.reject(new Error('nobody')) },
    audit: { record: () => undefined, isWritable: () => true },
  })
  ended.length = 0
  change(live, { oidc: [entry('kept'), entry('new', missing())] })
  await settled()
  expect(followed.current().map(({ settings }) => settings.name)).toEqual(['kept'])
  expect(ended).toEqual(['gone'])
  stop()
})

it('a directory judges nobody any more, and what it opened ends', async () => {
  const entry = (name: string, file = fileOf(name)) => ({
    ...{ name, url: `ldaps://${name}.test`, user_base: 'dc=test' },
    ...{ bind_dn: 'cn=gatehouse,dc=test', bind_password_file: file },
  })
  const live = createLiveConfig(configOf({ ldap: [entry('kept'), entry('gone')] }))
  const followed = createFollowedLdap({ live, environment, log })
  const session = (name: string) => ({ hash: name, method: 'password', issuer: `ldap:${name}` })
  const { store, ended } = storeOf([session('kept'), session('gone')])
  const stop = await followed.follow({ store, audit: { record: () => undefined } })
  change(live, { ldap: [entry('kept'), entry('new', missing())] })
  await settled()
  expect(ended).toEqual(['gone'])
  stop()
})

it('a directory that is gone is asked about no password, also when none is left', async () => {
  const entry = (name: string, file = fileOf(name)) => ({
    ...{ name, url: 'ldaps://127.0.0.1:1', user_base: 'dc=test' },
    ...{ bind_dn: 'cn=gatehouse,dc=test', bind_password_file: file },
  })
  const live = createLiveConfig(configOf({ ldap: [entry('gone')] }))
  const followed = createFollowedLdap({ live, environment, log })
  const source = followed.sourceOf({ resolveExternal: () => Promise.reject(new Error('nobody')) })
  const stop = await followed.follow({ store: storeOf([]).store, audit: { record: () => undefined } })
  const asked = () => source.prove({ account: 'alice', password: 'not hers' })
  await expect(asked()).rejects.toMatchObject({ code: 'directory_down' })
  change(live, { ldap: [entry('new', missing())] })
  expect(await asked()).toBeUndefined()
  stop()
})

it('a list of passwords lets nobody in any more whose place another one took', async () => {
  const lines = `alice:$2y$10$${'abcdefgh'.repeat(7).slice(0, 53)}\n`
  const [line] = parseHtpasswd(lines).entries.values()
  const live = createLiveConfig(configOf({ htpasswd_file: fileOf('list', lines) }))
  const followed = createFollowedHtpasswd(live, () => undefined)
  const session = { hash: 'old', method: 'password', issuer: htpasswdIssuer, issuerSession: line?.digest }
  const { store, ended } = storeOf([session])
  const stop = await followed.follow(store)
  expect(ended).toEqual([])
  change(live, { htpasswd_file: missing() })
  await settled()
  expect(ended).toEqual(['old'])
  stop()
})
