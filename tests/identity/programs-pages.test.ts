/** Do the pages about programs say what works? Each block that names its file is run as it is printed, and each YAML obeyed. */
import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { mainFile } from '../cli/gatehouse.ts'
import { type Configured, startConfigured, yamlOf } from '../support/configured.ts'
import { onePixel } from '../support/graphs.ts'
import { createPerson, parseRecord, until } from '../support/person.ts'
import { sentencesOf, unsaid } from '../support/said.ts'
import { personWithKey } from '../support/world.ts'

const run = promisify(execFile)
const pages = ['basic', 'tokens', 'headless', 'tickets'].map((name) => `docs/identity/${name}.md`)
const password = 'amber Lantern 4711'
/** Several starts of Node each, on a machine that may be busy. */
const timeout = 120_000
/** Of the public test vectors of bcrypt and argon2. */
const list = `carol:$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW
bob:$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc
`
const canRun = async (program: string, ...args: string[]) =>
  process.platform !== 'win32' &&
  (await run(program, args).then(
    () => true,
    () => false,
  ))
const hasCurl = await canRun('curl', '--version')
const hasPython = await canRun('python3', '--version')
if (!hasCurl) console.error('SKIPPED: no curl (or no POSIX shell) is on this machine, so no curl example ran.')
if (!hasPython) console.error('SKIPPED: no python3 is on this machine, so no Python example ran.')

let site: Configured
let folder: string
let key: string
beforeAll(async () => {
  site = await startConfigured('limits: { key_prompts_per_minute: 100000 }')
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-pages-'))
  const passwordHash = await createPasswords().hash(password)
  const member = await site.store.users.add({ name: 'alice', role: 'user', passwordHash, tenantName: 'acme' })
  const alice = await personWithKey(site.store, { name: 'alice', address: site.address }, member)
  key = alice.key
  await alice.uploads('cat.png', onePixel)
  const command = join(folder, 'gatehouse')
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${mainFile}" "$@" --data "${site.dataDir}"\n`)
  chmodSync(command, 0o755)
})
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const textOf = (page: string) => readFileSync(join(import.meta.dirname, '../..', page), 'utf8')
const named = new Map(
  pages.flatMap((page) =>
    [...textOf(page).matchAll(/<!-- run: (\S+) -->\n```\w+\n([\s\S]*?)^```/gm)].map(([, name = '', code = '']) => [
      name,
      code,
    ]),
  ),
)
const ran = new Set<string>()

async function runs(name: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  ran.add(name)
  const file = join(folder, name)
  writeFileSync(file, named.get(name) ?? '')
  const program = name.endsWith('.py') ? 'python3' : name.endsWith('.mjs') ? process.execPath : 'sh'
  const own = { GATEHOUSE_URL: site.address, GATEHOUSE_KEY: key, GATEHOUSE_USER: 'alice', GATEHOUSE_PASSWORD: password }
  const { stdout } = await run(program, [file], {
    cwd: folder,
    env: {
      ...process.env,
      NO_PROXY: '*',
      no_proxy: '*',
      ...own,
      ...env,
      PATH: `${folder}${delimiter}${process.env.PATH}`,
    },
  })
  return stdout
}
const statusWith = async (token: unknown) =>
  (await createPerson({ name: 'it', address: site.address, key: String(token) }).fetch('/queue')).status
const json = (text: string) => parseRecord(JSON.parse(text))
const shown = (page: string, what: string) =>
  json(new RegExp(`<!-- answer: ${what} -->\\n\`\`\`json\\n([\\s\\S]*?)\`\`\``).exec(textOf(page))?.[1] ?? '')

describe.skipIf(!hasCurl)('the blocks of the pages about programs', { timeout }, () => {
  it('send a name and a password', async () => {
    expect(await runs('basic.sh')).toBe('200\n')
  })

  it('make limited keys, as the operator and as oneself', async () => {
    const [first = '', ...table] = (await runs('operator.sh')).split('\n')
    expect(await statusWith(first)).toBe(200)
    expect(table.join('\n')).toMatch(/render farm.*prompt:run graph:edit output:read 127\.0\.0\.0\/8 10\.20\.0\.0\/16/)
    const made = json(await runs('limited-key.sh'))
    expect(made).toMatchObject({ scopes: ['output:read'], addresses: ['127.0.0.1'], workflow: null })
    expect(await statusWith(made.key)).toBe(200)
  })

  it('make a service account with a key', async () => {
    const said = await runs('service.sh')
    expect(said).toMatch(/render-farm +user +acme +service +active/)
    expect(await statusWith(/^gh_\S+$/m.exec(said)?.[0])).toBe(200)
  })

  it('end keys that were published', async () => {
    const keys = [await runs('operator.sh'), await runs('operator.sh')].map((said) => said.split('\n')[0] ?? '')
    writeFileSync(join(folder, 'build.log'), `+ deploy --key ${keys[0]}\n`)
    expect(await runs('leaked.sh')).toMatch(/^Revoked the key \w{12}\.\nNo key of this Gatehouse/)
    await until(async () => ((await statusWith(keys[0])) === 401 ? true : undefined))
    expect(await runs('report.sh', { LEAKED_KEY: keys[1] ?? '' })).toBe('{"revoked":1}')
    expect(await statusWith(keys[1])).toBe(401)
  })

  it('get a token as it is shown', async () => {
    const tokens = json(await runs('token.sh'))
    expect(Object.keys(tokens)).toEqual(Object.keys(shown('docs/identity/headless.md', 'token')))
    expect(await statusWith(tokens.access_token)).toBe(200)
  })

  it('get a ticket as it is shown, and see the picture with it', async () => {
    const ticket = json(await runs('ticket.sh'))
    expect(Object.keys(ticket)).toEqual(Object.keys(shown('docs/identity/tickets.md', 'ticket')))
    const answer = await fetch(`${site.address}${ticket.url}`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png'])
  })

  it('open a socket with a ticket', async () => {
    expect(await runs('socket.mjs')).toMatch(/^\w+\n$/)
  })
})

describe.skipIf(!hasPython)('the Python of the page about headless sessions', () => {
  it('uses a token, renews it and ends it', async () => {
    expect(await runs('session.py')).toBe('200\n200\n401\n')
  })
})

describe('the pages about programs', () => {
  it.skipIf(!hasCurl || !hasPython)('hold no block that was not run', () => {
    expect([...ran].sort()).toEqual([...named.keys()].sort())
  })

  it('explain sentences that Gatehouse really says', () => {
    for (const page of pages) {
      expect(sentencesOf(page).length, page).toBeGreaterThan(2)
      expect(unsaid(sentencesOf(page)), page).toEqual([])
    }
  })

  it('print patterns that find a key and a refresh token, and nothing shorter', async () => {
    const [, patterns = ''] = /```text\n([\s\S]*?)```/.exec(textOf('docs/identity/tokens.md')) ?? []
    const [ofKeys = /$^/, ofTokens = /$^/] = patterns
      .trim()
      .split('\n')
      .map((line) => new RegExp(line))
    const toml = new RegExp(/regex = '''(.*)'''/.exec(textOf('docs/identity/tokens.md'))?.[1] ?? '$^')
    const refresh = `ghr_${'a'.repeat(32)}_${'b'.repeat(32)}`
    for (const pattern of [ofKeys, toml]) {
      expect(pattern.exec(`x=${key};`)?.[0]).toBe(key)
      expect(pattern.test(key.slice(0, -1))).toBe(false)
    }
    for (const pattern of [ofTokens, toml]) expect(pattern.exec(`x ${refresh}\n`)?.[0]).toBe(refresh)
  })

  it('set a list of passwords up from a clean data directory', async () => {
    const [yaml = ''] = yamlOf('docs/identity/basic.md')
    const file = join(folder, 'htpasswd')
    writeFileSync(file, list)
    await using listed = await startConfigured(yaml.replace('htpasswd_file: htpasswd', `htpasswd_file: ${file}`))
    const me = async (name: string, word: string) => {
      const authorization = `Basic ${Buffer.from(`${name}:${word}`).toString('base64')}`
      const answer = await fetch(`${listed.address}/gatehouse/api/v1/me`, { headers: { authorization } })
      return answer.status === 200 ? json(await answer.text()) : answer.status
    }
    expect(await me('Carol', 'U*U')).toMatchObject({ user: 'carol', role: 'user', tenant: 'htpasswd/studio' })
    expect(await me('bob', 'password')).toMatchObject({ user: 'bob', tenant: 'htpasswd/studio' })
    expect(await me('carol', 'password')).toBe(401)
    expect(await me('bob', 'U*U')).toBe(401)
  })
})
