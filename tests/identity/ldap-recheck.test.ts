/** Does whoever logged in with a password of a directory stay in only as long as they are somebody there? */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Configured, startConfigured } from '../support/configured.ts'
import { createWalker, type Walker } from '../support/cookie-jar.ts'
import { parseRecord, until } from '../support/person.ts'
import { hasSlapd, type Slapd, slapdIsMissing, startSlapd, suffix } from '../support/slapd.ts'

const password = "anna's Lantern 4711"
const anna = `dn: uid=anna,ou=people,${suffix}\n`

/** Runs for longer than any test. */
const endless = {
  '1': { class_type: 'EmptyImage', inputs: { width: 16, height: 16, batch_size: 1, color: 7 } },
  '2': { class_type: 'PracticeSteps', inputs: { image: ['1', 0], steps: 1000, delay_ms: 500 } },
  '3': { class_type: 'SaveImage', inputs: { images: ['2', 0], filename_prefix: 'endless' } },
}

let slapd: Slapd
let site: Configured
let walker: Walker

const yaml = () => `nodes: { admit: [PracticeSteps] }
auth:
  ldap:
    - name: studio
      url: ldap://127.0.0.1:${slapd.port}
      bind_dn: uid=gatehouse,${suffix}
      bind_password_env: BIND_PASSWORD
      user_base: ou=people,${suffix}
      group_base: ou=groups,${suffix}
      accounts: { roles: { leads: power, artists: user } }
      recheck: 1s
`

async function logsIn(): Promise<number> {
  const answer = await walker.go(`${site.address}/gatehouse/api/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'anna', password }),
  })
  return answer.status
}

const status = async (path = '/gatehouse/api/v1/me') => (await walker.go(`${site.address}${path}`)).status
const isOut = () => until(async () => ((await status()) === 401 ? true : undefined))
/** What was written down, and how it was proven. */
const events = async () =>
  (await site.store.audit.page({ from: { after: 0 }, limit: 100 })).map(
    ({ kind, event }) => `${kind} ${String(parseRecord(JSON.parse(event)).method)}`,
  )
/** Searches for her that were asked so far. */
const asked = () => slapd.log().match(/SRCH base="ou=people[^\n]*uid=anna/g)?.length ?? 0
const isAskedAgain = async (times: number) => {
  const before = asked()
  await until(async () => (asked() >= before + times ? true : undefined))
}

describe.skipIf(!hasSlapd())(`a session of a directory${hasSlapd() ? '' : ` (skipped: ${slapdIsMissing})`}`, () => {
  beforeEach(async () => {
    slapd = await startSlapd()
    site = await startConfigured(yaml(), { variables: { BIND_PASSWORD: 'what gatehouse searches with' } })
    walker = createWalker()
    expect(await logsIn()).toBe(200)
  })
  afterEach(async () => {
    await site[Symbol.asyncDispose]()
    await slapd[Symbol.asyncDispose]()
  })

  it('is called one, in the list of sessions and in that of events', async () => {
    const listed: unknown = await (await walker.go(`${site.address}/gatehouse/api/v1/sessions`)).json()
    expect(listed).toMatchObject([{ method: 'ldap' }])
    expect(await events()).toContain('login.succeeded ldap')
  })

  it('goes on while the person is there, and what else is said of them changes', async () => {
    slapd.change(`${anna}changetype: modify\nreplace: description\ndescription: still here\n`)
    await isAskedAgain(3)
    expect(await status()).toBe(200)
  })

  it.each([
    ['is gone', `${anna}changetype: delete\n`],
    ['is disabled', `${anna}changetype: modify\nreplace: shadowExpire\nshadowExpire: 1\n`],
    ['is in no group any more', `dn: cn=artists,ou=groups,${suffix}\nchangetype: delete\n`],
  ])('ends when the person %s, with the jobs of it', async (_what, ldif) => {
    const queued = await walker.go(`${site.address}/prompt`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: endless }),
    })
    expect(queued.status).toBe(200)
    slapd.change(ldif)
    await isOut()
    await until(async () => {
      const queue = parseRecord(await (await fetch(`${site.practice.url}/queue`)).json())
      return JSON.stringify([queue.queue_running, queue.queue_pending]) === '[[],[]]' ? true : undefined
    })
    await until(async () => ((await events()).includes('session.revoked ldap') ? true : undefined))
    expect(await logsIn()).toBe(401)
  })

  it('has the role of another group', async () => {
    slapd.change(
      `dn: cn=leads,ou=groups,${suffix}\nchangetype: modify\nadd: member\nmember: uid=anna,ou=people,${suffix}\n`,
    )
    await until(async () => ((await site.store.users.findByName('anna'))?.role === 'power' ? true : undefined))
  })

  it('goes on while the directory is down, and is asked about again when it is up', async () => {
    await slapd.stop()
    for (let index = 0; index < 3; index += 1) expect(await status()).toBe(200)
    await slapd.start()
    await isAskedAgain(1)
    expect(await status()).toBe(200)
    slapd.change(`${anna}changetype: delete\n`)
    await isOut()
  })

  it('ends what a remembered password of Basic opens, too', async () => {
    const basic = { authorization: `Basic ${Buffer.from(`anna:${password}`).toString('base64')}` }
    const ask = async () => (await fetch(`${site.address}/queue`, { headers: basic })).status
    // Remembered: nobody else could say so.
    await until(async () => {
      await ask()
      await slapd.stop()
      const answer = await ask()
      await slapd.start()
      return answer === 200 ? true : undefined
    })
    slapd.change(`${anna}changetype: delete\n`)
    await until(async () => ((await ask()) === 401 ? true : undefined))
  })
})

describe('a recheck', () => {
  it('needs somebody to ask as', async () => {
    const text = `auth:\n  ldap:\n    - name: studio\n      url: ldaps://d.example\n      user_base: ou=p\n      recheck: 15m\n`
    await expect(startConfigured(text)).rejects.toThrow('recheck needs bind_dn')
  })
})
