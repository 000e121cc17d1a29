/** What does an answer open that comes after whoever gives it was taken out of the configuration? Nothing, and it makes no account. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type Configured, startConfigured } from '../support/configured.ts'
import { createWalker } from '../support/cookie-jar.ts'
import { hasSlapd, type Slapd, slapdIsMissing, startSlapd, suffix } from '../support/slapd.ts'
import { type CompanyLogin, companyYaml, locationOf, startCompanyLogin } from './company-login.ts'

const stage: AsyncDisposable[] = []
afterEach(async () => {
  for (const part of stage.splice(0).reverse()) await part[Symbol.asyncDispose]()
})

async function startCompany(): Promise<CompanyLogin> {
  const company = await startCompanyLogin()
  stage.push(company)
  company.issuer.people.set('u-1', { preferred_username: 'anna' })
  return company
}

describe('a provider', () => {
  it.each<[what: string, rewritten: (issuer: string) => string]>([
    ['is taken out', () => ''],
    ['has other settings', (issuer) => companyYaml(issuer, '      accounts: { role: guest }\n')],
  ])('that %s while it is asked for the tokens opens no session and makes no account', async (_what, rewritten) => {
    const { gatehouse, issuer, logsInThere, me } = await startCompany()
    const walker = createWalker()
    const callback = await logsInThere(walker, 'u-1')
    issuer.beforeTokens = async () => gatehouse.rewrite(rewritten(issuer.url))
    const back = await walker.go(callback, { fromElsewhere: true })
    expect(locationOf(back, callback)).toContain('/login?problem=login_refused')
    expect(await me(walker)).toBeUndefined()
    expect(await gatehouse.store.users.list()).toEqual([])
    expect(await gatehouse.store.sessions.list()).toEqual([])
  })
})

interface Between extends AsyncDisposable {
  readonly port: number
  /** Done once, before what the directory says of a password is passed on. */
  beforeVerdict: () => void
}

/** Stands in front of a directory. */
async function startBetween(slapd: Slapd): Promise<Between> {
  const open = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    open.add(socket.on('error', () => undefined))
    return socket
  }
  const server = createServer((near) => {
    const far = keep(connect(slapd.port, '127.0.0.1'))
    let isPassword = false
    keep(near).on('data', (bytes) => {
      isPassword = bytes.includes('uid=anna') && bytes.includes('Lantern')
      far.write(bytes)
    })
    far.on('data', (bytes) => {
      if (isPassword) between.beforeVerdict()
      near.write(bytes)
    })
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const between: Between = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    beforeVerdict: () => undefined,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return between
}

describe.skipIf(!hasSlapd())(`a directory${hasSlapd() ? '' : ` (skipped: ${slapdIsMissing})`}`, () => {
  const password = "anna's Lantern 4711"
  const asks: Readonly<Record<string, (gatehouse: Configured) => Promise<Response>>> = {
    'a session': ({ address }) => post(`${address}/gatehouse/api/v1/login`),
    'a token': ({ address }) => post(`${address}/gatehouse/api/v1/token`),
    'a request with Basic': ({ address }) =>
      fetch(`${address}/queue`, {
        headers: { authorization: `Basic ${Buffer.from(`anna:${password}`).toString('base64')}` },
      }),
  }
  const post = (url: string) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'anna', password }),
    })

  it.each(Object.keys(asks))(
    'that is taken out while it judges a password opens not %s, and makes no account',
    async (what) => {
      const slapd = await startSlapd()
      stage.push(slapd)
      const between = await startBetween(slapd)
      stage.push(between)
      const gatehouse = await startConfigured(
        `auth:\n  ldap:\n    - name: studio\n      url: ldap://127.0.0.1:${between.port}\n      user_dn_template: uid={username},ou=people,${suffix}\n`,
      )
      stage.push(gatehouse)
      between.beforeVerdict = () => gatehouse.rewrite('')
      const answer = await asks[what]?.(gatehouse)
      expect(answer?.status).toBe(401)
      expect(await gatehouse.store.users.list()).toEqual([])
      expect(await gatehouse.store.sessions.list()).toEqual([])
    },
  )

  it('that is taken out opens nothing more to who sent the same password with Basic before', async () => {
    const slapd = await startSlapd()
    stage.push(slapd)
    const gatehouse = await startConfigured(
      `auth:\n  ldap:\n    - name: studio\n      url: ldap://127.0.0.1:${slapd.port}\n      user_dn_template: uid={username},ou=people,${suffix}\n`,
    )
    stage.push(gatehouse)
    const ask = asks['a request with Basic']
    expect((await ask?.(gatehouse))?.status).toBe(200)
    gatehouse.rewrite('')
    expect((await ask?.(gatehouse))?.status).toBe(401)
  })
})
