/** What does a real OpenID Connect provider look like from here? oidc-provider on a free port, with a login form of its own. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Configuration, Provider } from 'oidc-provider'
import { issue } from '../../sidecar/src/identity/jwt/forge.ts'

export interface OidcIssuer extends AsyncDisposable {
  readonly url: string
  /** Has Gatehouse at this address as its client from now on; before, it answers nothing but 503. */
  admit(gatehouse: string, options?: OidcIssuerOptions): void
  /** Every request it had, as `METHOD /path`. */
  readonly asked: readonly string[]
  /** Claims of its people, by the name they log in with; those who are not in it cannot log in. */
  readonly people: Map<string, Readonly<Record<string, unknown>>>
  /** How the next logins were proven there. */
  proof: { amr?: string[]; acr?: string }
  /** Waited for before it answers a request for tokens. */
  beforeTokens: () => Promise<void>
  /** Answers nothing but 503 while it is down. */
  isDown: boolean
  /** Where its discovery document is said to be instead. */
  redirectsDiscoveryTo: string | undefined
  /** Changes its discovery document. */
  twist: (document: Record<string, unknown>) => Record<string, unknown>
  /** Signs anything with its own key. */
  signs(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, string>>): Promise<string>
  /** Ends every session of a person there, as an administrator would: tells the clients. */
  signsOut(accountId: string): Promise<void>
  /** Forgets the grants of a person: refresh tokens are worth nothing any more. */
  revokes(accountId: string): Promise<void>
}

export interface OidcIssuerOptions {
  /** Its name for the provider. */
  readonly name?: string
  readonly clientSecret?: string
}

export const clientId = 'comfyui'
export const clientSecret = 'a secret that only this client and the provider know'

/** On this machine, in clear: the one place where that is allowed. */
export async function startOidcIssuer(): Promise<OidcIssuer> {
  const people = new Map<string, Readonly<Record<string, unknown>>>()
  const asked: string[] = []
  let provider: Provider | undefined
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${new URL(request.url ?? '/', 'http://any.invalid').pathname}`)
    if (issuer.isDown || provider === undefined) return void response.writeHead(503).end()
    if (request.url?.startsWith('/interaction/')) {
      interact(provider, request, response, issuer).catch(() => response.writeHead(500).end())
      return
    }
    if (request.url === '/.well-known/openid-configuration') return void discovery(provider, request, response, issuer)
    const answer = provider.callback()
    if (request.url === '/token') return void issuer.beforeTokens().then(() => answer(request, response))
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const sessions = new Map<string, Set<string>>()
  const refreshTokens = new Map<string, Set<string>>()
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const issuer: OidcIssuer = {
    url,
    asked,
    people,
    admit: (gatehouse, options = {}) => {
      provider = new Provider(url, { ...configurationOf(gatehouse, options, people), jwks: keySet(key.privateKey) })
      provider.on('refresh_token.saved', (token) => note(refreshTokens, token.accountId ?? '', token.jti))
      provider.on('authorization_code.saved', (code) => {
        if (code.sid !== undefined) note(sessions, code.accountId ?? '', code.sid)
      })
    },
    proof: {},
    beforeTokens: async () => undefined,
    isDown: false,
    redirectsDiscoveryTo: undefined,
    twist: (document) => document,
    signs: (claims, header = {}) => issue(claims, { alg: 'RS256', kid: 'one', ...header }, key.privateKey),
    signsOut: async (accountId) => {
      for (const sid of sessions.get(accountId) ?? []) await tellClient(provider, accountId, sid)
    },
    revokes: async (accountId) => {
      for (const token of refreshTokens.get(accountId) ?? []) await provider?.RefreshToken.adapter.destroy(token)
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return issuer
}

function keySet(key: KeyObject) {
  return { keys: [{ ...key.export({ format: 'jwk' }), kty: 'RSA', kid: 'one', use: 'sig' }] }
}

function note(map: Map<string, Set<string>>, key: string, value: string): void {
  map.set(key, (map.get(key) ?? new Set()).add(value))
}

function configurationOf(
  gatehouse: string,
  { name = 'company', clientSecret: secret }: OidcIssuerOptions,
  people: OidcIssuer['people'],
): Configuration {
  const base = `${gatehouse}/gatehouse/api/v1/oidc/${name}`
  return {
    clients: [
      {
        client_id: clientId,
        ...(secret === undefined ? { token_endpoint_auth_method: 'none' } : { client_secret: secret }),
        redirect_uris: [`${base}/callback`],
        post_logout_redirect_uris: [`${gatehouse}/login`],
        grant_types: ['authorization_code', 'refresh_token'],
        backchannel_logout_uri: `${base}/backchannel`,
        backchannel_logout_session_required: true,
      },
    ],
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    claims: {
      openid: ['sub', 'sid', 'amr', 'acr'],
      profile: ['preferred_username', 'groups', 'name', 'org'],
      groups: ['groups'],
      acr: null,
      amr: null,
      auth_time: null,
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: async (_context, client) => client.grantTypeAllowed('refresh_token'),
    findAccount: (_context, accountId) => {
      const claims = people.get(accountId)
      return claims === undefined ? undefined : { accountId, claims: async () => ({ ...claims, sub: accountId }) }
    },
    // Everybody has consented to everything.
    loadExistingGrant: async (context) => {
      const { Grant } = context.oidc.provider
      const grant = new Grant({
        clientId: context.oidc.client?.clientId ?? '',
        accountId: context.oidc.session?.accountId ?? '',
      })
      grant.addOIDCScope('openid profile groups offline_access')
      await grant.save()
      return grant
    },
    // It would not tell a client on this machine otherwise.
    fetch: (url, init = {}) =>
      fetch(url, Object.fromEntries(Object.entries(init).filter(([name]) => name !== 'dispatcher'))),
    cookies: { keys: ['a key of the test'] },
    ttl: {
      Session: 3600,
      Interaction: 600,
      Grant: 3600,
      IdToken: 600,
      AccessToken: 600,
      AuthorizationCode: 60,
      RefreshToken: 3600,
    },
    pkce: { required: () => true },
  }
}

/** One form, one field: whoever names somebody that is there is them. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse, issuer: OidcIssuer) {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    response.end(
      '<!doctype html><title>Company login</title><form method="post"><input name="login" aria-label="Company name"><button name="go" value="yes">Log in at the company</button><button name="go" value="no">Cancel</button></form>',
    )
    return
  }
  const form = new URLSearchParams(await textOf(request))
  const accountId = form.get('login') ?? ''
  const isIn = form.get('go') !== 'no' && issuer.people.has(accountId)
  await provider.interactionFinished(
    request,
    response,
    isIn
      ? { login: { accountId, ...issuer.proof } }
      : { error: 'access_denied', error_description: '<b>nobody here</b>' },
    { mergeWithLastSubmission: false },
  )
}

async function discovery(provider: Provider, request: IncomingMessage, response: ServerResponse, issuer: OidcIssuer) {
  if (issuer.redirectsDiscoveryTo !== undefined) {
    response.writeHead(302, { location: issuer.redirectsDiscoveryTo }).end()
    return
  }
  const chunks: Buffer[] = []
  const end = response.end.bind(response)
  response.end = ((chunk?: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk))
    const body = JSON.stringify(issuer.twist(JSON.parse(Buffer.concat(chunks).toString('utf8'))))
    response.setHeader('content-length', Buffer.byteLength(body))
    return end(body)
  }) as typeof response.end
  provider.callback()(request, response)
}

async function tellClient(provider: Provider | undefined, accountId: string, sid: string): Promise<void> {
  const client = await provider?.Client.find(clientId)
  if (client === undefined) throw new Error('the provider has no client')
  await parseTeller(client).backchannelLogout(accountId, sid)
}

/** Its types know no method of its own. */
function parseTeller(client: object): { backchannelLogout(accountId: string, sid: string): Promise<void> } {
  return client as { backchannelLogout(accountId: string, sid: string): Promise<void> }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}
