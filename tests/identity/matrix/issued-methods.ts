/** How are tokens of an issuer, headers of a gateway and client certificates right and wrong? */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { forge, forgeHmac } from '../../../sidecar/src/identity/jwt/forge.ts'
import { openAuthority } from '../../../sidecar/src/tls/private-authority.ts'
import { asToken, type Carry, type Method, ownPage, type Wrong } from './method.ts'
import { gateway, jwt, people, type Site } from './site.ts'

const door = (site: Site) => site.door
const header = { alg: 'HS256', typ: 'JWT' }

function claimsOf(name: string, seconds = 3_600) {
  const now = Math.floor(Date.now() / 1_000)
  return { iss: jwt.issuer, aud: jwt.audience, sub: name, iat: now + seconds - 7_200, exp: now + seconds }
}

const tokenOf = (name: string, secret: string = jwt.secret): string => forgeHmac(header, claimsOf(name), secret)

/** An issuer takes no token back; who is disabled here has no use for one. */
async function disabled(site: Site): Promise<{ readonly name: string; readonly end: () => Promise<unknown> }> {
  const { id, name } = await site.victim()
  return { name, end: () => site.main.store.users.setState(id, 'disabled') }
}

const wrongTokens = {
  expired: async () => ({ secret: forgeHmac(header, claimsOf(people.owner, -3_600), jwt.secret) }),
  revoked: async (site: Site) => {
    const { name, end } = await disabled(site)
    return { secret: tokenOf(name), end }
  },
  foreign: async () => ({ secret: tokenOf(people.owner, 'a secret of another issuer that is long enough') }),
  malformed: async () => ({ secret: forge({ alg: 'none' }, claimsOf(people.owner), '') }),
} as const

export const byJwt: Method = {
  ...{ name: 'jwt', kind: 'a token of an issuer', people, door },
  carriers: {
    ...asToken,
    'a header of its own': (secret, at) => ({ headers: { ...ownPage(at), [jwt.header.toLowerCase()]: secret } }),
  },
  valid: async (_site, role) => tokenOf(people[role]),
  wrong: wrongTokens,
}

const silent = (make: () => Promise<Wrong>) => async (): Promise<Wrong> => ({ ...(await make()), isSilent: true })

/** As a stale session cookie. */
export const byJwtCookie: Method = {
  ...byJwt,
  kind: 'a token of an issuer in a cookie',
  carriers: { Cookie: (secret, at) => ({ headers: { ...ownPage(at), cookie: `${jwt.cookie}=${secret}` } }) },
  wrong: {
    ...wrongTokens,
    expired: silent(wrongTokens.expired),
    foreign: silent(wrongTokens.foreign),
    malformed: silent(wrongTokens.malformed),
  },
}

const byHeader =
  (secret: string, again: readonly string[] = []): Carry =>
  (name, at) => ({
    headers: {
      ...ownPage(at),
      [gateway.header.toLowerCase()]: again.length === 0 ? name : [name, ...again],
      [gateway.secretHeader.toLowerCase()]: secret,
    },
  })

export const byGateway: Method = {
  ...{ name: 'trusted-header', kind: 'a header of a gateway', people, door },
  carriers: { 'a header of its own': byHeader(gateway.secret) },
  valid: async (_site, role) => people[role],
  wrong: {
    expired: 'a gateway says it anew with every request',
    revoked: async (site) => {
      const { name, end } = await disabled(site)
      return { secret: name, end }
    },
    // Anybody may send the header: it is as if it were not there.
    foreign: async () => ({ secret: people.owner, carry: byHeader('a secret of another gateway'), isSilent: true }),
    malformed: async () => ({ secret: people.owner, carry: byHeader(gateway.secret, [people.user]), status: 400 }),
  },
}

export const byCertificate: Method = {
  ...{ name: 'client-certificate', kind: 'a client certificate', people, door },
  carriers: { TLS: (path) => ({ certificate: path }) },
  valid: (site, role) => site.certificate(people[role]),
  wrong: {
    expired: async (site) => ({ secret: await site.certificate(people.owner, { days: -1 }) }),
    revoked: async (site) => {
      const secret = await site.certificate(people.owner)
      const end = async () => {
        await (await openAuthority(site.lab)).revoke(readFileSync(`${secret}.crt`, 'utf8'), 30)
        site.obey()
      }
      return { secret, end }
    },
    foreign: async (site) => ({ secret: await site.certificate(people.owner, { by: join(site.lab, 'other') }) }),
    // TLS itself refuses what is none; this one is, and says a name that is nobody's.
    malformed: async (site) => ({ secret: await site.certificate(`${people.owner}.${people.owner}`) }),
  },
}
