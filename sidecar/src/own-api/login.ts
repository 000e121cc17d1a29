/** Who logs in? A name with its password (and a second factor), an API key, or a passkey; every wrong one gets the same answer. */
import type { UserId } from '@gatehouse/shared/ids'
import type { LogoutAnswer } from '@gatehouse/shared/own-api-contract'
import type { Request, RequestHandler, Response } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { signedShape } from '../identity/passkey-data.ts'
import { note, watched } from './audited.ts'
import { parseBody } from './body.ts'
import { type Caller, findCaller, requireCaller } from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { checkPasskey } from './passkey-login.ts'
import { factorFields, proveFactor } from './prove-factor.ts'
import { describeMe, signIn, signOut } from './sign-in.ts'

/** A year. */
const knownForMs = 365 * 24 * 60 * 60 * 1000

const credential = z.string().min(1).max(4_096)
const remember = z.boolean().default(false)
const shape = z.union([
  z.object({ username: credential, password: credential, ...factorFields, remember }),
  z.object({ apiKey: credential, remember }),
  z.object({ passkey: signedShape, remember }),
])

export function postLogin(context: OwnApiContext): RequestHandler {
  const { passwordCheck } = context.identity
  return async (request, response) => {
    const body = parseBody(shape, request)
    if ('password' in body) {
      const attempt = { method: 'password', username: body.username }
      const member = await watched(context, request, attempt, () =>
        passwordCheck(body, context.clientAddress(request), request.headers.cookie),
      )
      const factor = await proveFactor(context, request, member, body)
      const { issued, method = 'password', isStillMeant } = member
      const how = {
        ...{ remember: body.remember, method },
        ...(factor === null ? {} : { factor }),
        ...(issued === undefined ? {} : { issued }),
        ...(isStillMeant === undefined ? {} : { isStillMeant }),
      }
      response.json(await signIn(context, request, member, how))
      return
    }
    if ('passkey' in body) {
      const check = () => checkPasskey(context, request, body.passkey)
      const member = await watched(context, request, { method: 'passkey' }, check)
      const how = { remember: body.remember, method: 'passkey', factor: 'passkey' } as const
      response.json(await signIn(context, request, member, how))
      return
    }
    const check = () => checkKey(context, body.apiKey, context.clientAddress(request))
    const { member, apiKey } = await watched(context, request, { method: 'api-key' }, check)
    response.json(await signIn(context, request, member, { remember: body.remember, method: 'api-key', apiKey }))
  }
}

async function checkKey({ identity, store }: OwnApiContext, text: string, clientAddress: string) {
  const key = await identity.apiKeyCheck.verify(text, clientAddress)
  const member = key === undefined ? undefined : await store.users.findById(key.userId)
  if (key === undefined || member?.state !== 'active') {
    throw new GatehouseError('bad_credentials', { message: 'The API key is not right.' })
  }
  if (key.isLimited) {
    throw new GatehouseError('forbidden', { message: 'A limited key opens no session: send it with each request.' })
  }
  return { member, apiKey: { id: key.keyId, expiresAtMs: key.expiresAtMs } }
}

/** Ends the session; without one there is nothing to end, and nothing to complain about. */
export function postLogout(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await findLeaving(context, request)
    if (caller?.session !== undefined) {
      const isImpersonation = caller.principal.identity.impersonator !== undefined
      note(context, request, caller, { kind: isImpersonation ? 'impersonation.ended' : 'logout' })
    }
    const next = caller?.logoutUrl ?? (await providerLogout(context, request, caller))
    await signOut(context, request, response)
    if (next === undefined) return void response.status(204).end()
    const answer: LogoutAnswer = { next }
    response.json(answer)
  }
}

/** Where the provider that opened this session ends its own. */
async function providerLogout(
  { identity: { oidc }, store }: OwnApiContext,
  request: Request,
  caller: Caller | undefined,
): Promise<string | undefined> {
  const session = caller?.session === undefined ? undefined : await store.sessions.find(caller.session)
  if (session === undefined || session.method !== 'oidc') return undefined
  const provider = oidc.current().find(({ settings }) => settings.issuer === session.issuer)
  if (provider?.settings.logout !== 'provider') return undefined
  return provider.client.logoutUrl(() => `${oidc.originOf(request.get('host'))}/login`)
}

/** Whoever the gateway in front says they are now may end the session that proves somebody else. @throws cross_site */
async function findLeaving(context: OwnApiContext, request: Request): Promise<Caller | undefined> {
  try {
    return await findCaller(context, request)
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'conflicting_credentials') return undefined
    throw error
  }
}

export function getMe(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const { principal, proof, session } = await requireCaller(context, request, { maybeWithoutFactor: true })
    // Neither who holds a key of theirs nor who acts in their place has been them in this browser.
    const isThemselves = proof === 'person' && principal.identity.impersonator === undefined
    if (session !== undefined && isThemselves) rememberBrowser(context, request, response, principal.userId)
    response.json(await describeMe(context, principal, session))
  }
}

/** Every page asks who is signed in when it is opened: from then on this browser is known. */
function rememberBrowser(context: OwnApiContext, request: Request, response: Response, userId: UserId): void {
  const { knownBrowser } = context.identity
  if (knownBrowser.read(request.headers.cookie, userId) !== undefined) return
  const { name, isSecure: secure } = knownBrowser
  const kept = { path: '/', httpOnly: true, sameSite: 'strict', secure, maxAge: knownForMs } as const
  response.cookie(name, knownBrowser.mint(userId), kept)
}

export function getQueue(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const { principal } = await requireCaller(context, request)
    response.json(await context.queuePlaces(principal))
  }
}
