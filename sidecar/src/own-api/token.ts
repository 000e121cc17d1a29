/** How does a program log in without a browser? With what a person would, for a token of minutes and one that renews it. */
import type { TokenAnswer } from '@gatehouse/shared/credentials-contract'
import type { Permission } from '@gatehouse/shared/roles'
import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { judgeScope } from '../identity/key-limits.ts'
import type { IssuedTokens, Opening } from '../identity/program-sessions.ts'
import type { Member } from '../store/store.ts'
import { noteStranger, type OwnEvent, watched } from './audited.ts'
import { parseBody } from './body.ts'
import type { OwnApiContext } from './context.ts'
import { factorFields, proveFactor } from './prove-factor.ts'
import { userAgentOf } from './sign-in.ts'

const credential = z.string().min(1).max(4_096)
const scope = z.string().max(2_000).optional()
const shape = z.union([
  z.object({ username: credential, password: credential, ...factorFields, scope }),
  z.object({ apiKey: credential, scope }),
])
const refreshShape = z.object({ refresh_token: credential })
const revokeShape = z.object({ token: z.string().min(1).max(8_192) })

export function postToken(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const body = parseBody(shape, request)
    const address = context.clientAddress(request)
    const attempt = { method: 'session-token', ...('password' in body ? { username: body.username } : {}) }
    const prove = () => ('password' in body ? byPassword(context, body, address) : byKey(context, body, address))
    const proven = await watched(context, request, attempt, prove)
    const factor = 'password' in body ? await proveFactor(context, request, proven.member, body) : null
    const opening = { ...proven, factor }
    context.addresses.admit(address, opening.member.role)
    const scopes = await judgeScopes(context, opening, body.scope)
    const tokens = await context.identity.programs.sessions.open({
      ...opening,
      ...{ scopes, address, userAgent: userAgentOf(request) },
    })
    note(context, request, opening.member, 'login.succeeded')
    response.json(answer(context, tokens))
  }
}

export function postTokenRefresh(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const { refresh_token: text } = parseBody(refreshShape, request)
    const refreshed = await context.identity.programs.sessions.refresh(text, context.clientAddress(request))
    if (refreshed.kind === 'issued') {
      response.json(answer(context, refreshed.tokens))
      return
    }
    const owner = await context.store.users.findById(refreshed.session.userId)
    const detail = { session: refreshed.session.id, reason: 'an old refresh token came again' }
    noteStranger(context, request, { kind: 'session.revoked', target: owner?.name, method: 'session-token', detail })
    throw new GatehouseError('unauthenticated', { detail: 'a refresh token came again' })
  }
}

/** The same answer for every text: whoever holds none of ours learns nothing. */
export function postTokenRevoke(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const { token } = parseBody(revokeShape, request)
    const ended = await context.identity.programs.sessions.revoke(token, context.jobsAtLogout())
    const member = ended === undefined ? undefined : await context.store.users.findById(ended.userId)
    if (member !== undefined) note(context, request, member, 'logout')
    response.status(204).end()
  }
}

type Proven = Omit<Opening, 'address' | 'factor' | 'userAgent' | 'member'> & { readonly member: Member }

async function byPassword(
  { identity }: OwnApiContext,
  pair: { readonly username: string; readonly password: string },
  address: string,
): Promise<Proven> {
  const member = await identity.passwordCheck(pair, address)
  const { issued, method, isStillMeant } = member
  return { member, issued, method, isStillMeant, scopes: null, addresses: null, workflow: null }
}

/** The limits of the key are those of its tokens. */
async function byKey(
  { identity, store }: OwnApiContext,
  { apiKey }: { readonly apiKey: string },
  address: string,
): Promise<Proven> {
  const key = await identity.apiKeyCheck.verify(apiKey, address)
  const member = key === undefined ? undefined : await store.users.findById(key.userId)
  if (key === undefined || member?.state !== 'active') {
    throw new GatehouseError('bad_credentials', { message: 'The API key is not right.' })
  }
  const { addresses, workflow } = key
  return {
    ...{ member, addresses, workflow },
    scopes: key.scopes === null ? null : [...key.scopes],
    apiKey: { id: key.keyId, expiresAtMs: key.expiresAtMs },
  }
}

/** What was asked for, of what the credential may. @throws bad_input, forbidden */
async function judgeScopes(
  context: OwnApiContext,
  { member, scopes }: Proven,
  asked: string | undefined,
): Promise<readonly Permission[] | null> {
  const identity = { userId: member.id, method: 'session-token', credentialId: '', provenAtMs: context.now() } as const
  const narrow = scopes === null ? identity : { ...identity, scopes: new Set(scopes) }
  const { permissions } = await context.resolvePrincipal(narrow)
  if (asked === undefined) return scopes
  const names = asked.split(' ').filter((name) => name !== '')
  if (names.length === 0) throw new GatehouseError('bad_input', { message: 'Name a scope, or leave "scope" out.' })
  return [...new Set(names.map((name) => judgeScope(name, permissions)))]
}

function answer(context: OwnApiContext, tokens: IssuedTokens): TokenAnswer {
  return {
    access_token: tokens.accessToken,
    token_type: 'Bearer',
    expires_in: Math.max(0, Math.floor((tokens.expiresAtMs - context.now()) / 1000)),
    refresh_token: tokens.refreshToken,
    ...(tokens.scopes === null ? {} : { scope: tokens.scopes.join(' ') }),
  }
}

function note(context: OwnApiContext, request: Request, { id, name, tenant }: Member, kind: OwnEvent['kind']): void {
  noteStranger(context, request, { kind, actor: { id, name }, tenantId: tenant.id, method: 'session-token' })
}
