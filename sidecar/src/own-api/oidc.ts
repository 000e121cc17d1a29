/** How does somebody log in at a provider? Their browser goes there and comes back; what it brings opens a session, or is linked. */
import type { Request, RequestHandler, Response } from 'express'
import { GatehouseError } from '../gatehouse-error.ts'
import type { PendingLogin } from '../identity/oidc/login-cookie.ts'
import { mintChecks } from '../identity/oidc/oidc-client.ts'
import type { OidcProvider, Vouched } from '../identity/oidc/provider.ts'
import { sessionHash } from '../identity/session-cookie.ts'
import { noteStranger, watched } from './audited.ts'
import { readQuery } from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { linkIdentity } from './link-identity.ts'
import { signIn } from './sign-in.ts'

/** Characters of a path that is kept; what it may be is judged by the page that follows it. */
const nextLimit = 1_024
/** Characters of all that a provider sends back; longer ones are not looked at. */
const answerLimit = 8_192

export function callbackPath(name: string): string {
  return `/gatehouse/api/v1/oidc/${name}/callback`
}

/** A click on the login page. `fresh`: the person is asked for their proof again, whatever the provider remembers. */
export function getOidcLogin(context: OwnApiContext): RequestHandler<{ name: string }> {
  return async (request, response) => {
    const query = readQuery(request)
    const next = (query.get('next') ?? '/').slice(0, nextLimit)
    // Another site may lead people to the login page, but not log them in (login CSRF).
    if (isForeign(request)) return goTo(response, '/login', { next })
    try {
      const provider = context.identity.oidc.find(request.params.name)
      const pending = { next, session: heldSession(context, request), linkTo: null }
      response.redirect(302, await beginLogin(context, request, response, provider, pending, query.has('fresh')))
    } catch (error) {
      failLogin(context, request, response, error, next)
    }
  }
}

type Wish = Pick<PendingLogin, 'next' | 'session' | 'linkTo'>

/** Where the browser has to go; it carries the sealed cookie there and back. @throws provider_down, bad_request */
export async function beginLogin(
  { identity: { oidc } }: OwnApiContext,
  request: Request,
  response: Response,
  provider: OidcProvider,
  wish: Wish,
  isFresh: boolean,
): Promise<string> {
  const { name } = provider.settings
  const checks = mintChecks()
  const redirectUri = `${oidc.originOf(request.get('host'))}${callbackPath(name)}`
  const url = await provider.client.begin(checks, redirectUri, isFresh)
  response.cookie(oidc.cookie.name, oidc.cookie.seal({ ...wish, ...checks, provider: name }), {
    ...{ path: '/', httpOnly: true, secure: oidc.cookie.isSecure, maxAge: oidc.cookie.maxAgeMs, encode: String },
    // The way back from the provider is a link from another site.
    sameSite: 'lax',
  })
  return url.href
}

/** The provider sends the browser here. It came from another site, so the session is found by the page it is led to. */
export function getOidcCallback(context: OwnApiContext): RequestHandler<{ name: string }> {
  const { oidc } = context.identity
  return async (request, response) => {
    const pending = oidc.cookie.take(request.headers.cookie)
    const { name, isSecure } = oidc.cookie
    response.clearCookie(name, { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure })
    if (pending === undefined || pending.provider !== request.params.name) {
      return goTo(response, '/login', { problem: 'login_expired' })
    }
    const { linkTo } = pending
    try {
      // It is a GET, and opens something all the same.
      if (!context.audit.isWritable()) throw new GatehouseError('audit_unavailable')
      const provider = oidc.find(pending.provider)
      const vouched = await watched(context, request, { method: 'oidc' }, () =>
        prove(context, request, provider, pending),
      )
      if (linkTo !== null) {
        await linkIdentity(context, request, { provider, vouched, userId: linkTo, session: pending.session })
        return goTo(response, '/account', { linked: provider.settings.name })
      }
      await openSession(context, request, provider, vouched, pending)
      goTo(response, '/login', { next: pending.next })
    } catch (error) {
      failLogin(context, request, response, error, pending.next, linkTo === null ? '/login' : '/account')
    }
  }
}

async function prove(
  context: OwnApiContext,
  request: Request,
  provider: OidcProvider,
  pending: PendingLogin,
): Promise<Vouched> {
  const { oidc } = context.identity
  const search = new URL(request.originalUrl, 'http://own.invalid').search
  if (search.length > answerLimit) throw new GatehouseError('unauthenticated', { detail: 'an over-long answer' })
  const callback = new URL(`${oidc.originOf(request.get('host'))}${callbackPath(provider.settings.name)}${search}`)
  const grant = await provider.client.finish(callback, pending, provider.isWhole)
  // Attack: a provider that is taken out holds back its answer until it is; it makes no account and opens nothing.
  if (!isConfigured(context, provider)) {
    throw new GatehouseError('unauthenticated', { detail: 'the provider is not configured as it was' })
  }
  return provider.vouch(grant)
}

/** To the letter: whom other settings would let in, they let in at the next try. */
function isConfigured({ identity: { oidc } }: OwnApiContext, provider: OidcProvider): boolean {
  return oidc.current().includes(provider)
}

async function openSession(
  context: OwnApiContext,
  request: Request,
  provider: OidcProvider,
  vouched: Vouched,
  pending: PendingLogin,
): Promise<void> {
  const { oidc } = context.identity
  const { suspensions, users } = context.store
  const { subject, providerSession, hasSecondFactor, askedAtMs } = vouched
  const attempt = { method: 'oidc', username: subject.userName }
  const member = await watched(context, request, attempt, async () => {
    const resolved = await oidc.resolve(provider, subject)
    // Whom this provider had suspended it lets in again; what an administrator disabled stays so.
    const isBack = resolved.state === 'disabled' && (await suspensions.lift(resolved.id, provider.settings.issuer))
    const found = (isBack ? await users.findById(resolved.id) : undefined) ?? resolved
    if (found.state !== 'active') throw new GatehouseError('unauthenticated', { detail: 'the account is not active' })
    if (isBack) {
      const detail = { state: 'disabled -> active', provider: provider.settings.name }
      noteStranger(context, request, { kind: 'user.changed', method: 'oidc', target: found.name, detail })
    }
    return found
  })
  await signIn(context, request, member, {
    remember: false,
    method: 'oidc',
    // The browser kept its old cookie at home: SameSite=Strict.
    replaces: pending.session,
    isStillMeant: () => isConfigured(context, provider),
    issued: { issuer: provider.settings.issuer, session: providerSession },
    ...(hasSecondFactor ? { factor: 'issuer' } : {}),
    ...(askedAtMs === undefined ? {} : { askedAtMs }),
  })
  oidc.opened(sessionHash(request.sessionID), provider, vouched)
}

/** Told by a page of our own, in a sentence of its own: nothing of the address is ever shown. */
function failLogin(
  context: OwnApiContext,
  request: Request,
  response: Response,
  error: unknown,
  next: string,
  page: '/login' | '/account' = '/login',
): void {
  context.requestFailed(context.requestId(request), error)
  const known = error instanceof GatehouseError ? told[error.code] : undefined
  goTo(response, page, { problem: known ?? 'login_failed', ...(page === '/login' ? { next } : {}) })
}

const told: Partial<Record<GatehouseError['code'], string>> = {
  provider_down: 'provider_down',
  issuer_down: 'provider_down',
  unauthenticated: 'login_refused',
  forbidden: 'login_refused',
  address_refused: 'login_refused',
  identity_taken: 'identity_taken',
  bad_request: 'no_public_url',
}

function goTo(response: Response, page: '/login' | '/account', query: Readonly<Record<string, string>>): void {
  response.redirect(302, `${page}?${new URLSearchParams(query)}`)
}

function isForeign(request: Request): boolean {
  const site = request.get('sec-fetch-site')
  return site === 'cross-site' || site === 'same-site'
}

function heldSession({ identity }: OwnApiContext, request: Request): PendingLogin['session'] {
  return identity.sessionCookie.read([request.headers.cookie ?? '']) ?? null
}
