/** How does a program stay logged in without a browser? A short access token, and a refresh token that is good once. */
import type { ApiKeyId, SessionHash } from '@gatehouse/shared/ids'
import type { Permission } from '@gatehouse/shared/roles'
import { GatehouseError } from '../gatehouse-error.ts'
import type { JobsAtEnd } from '../store/ended-credentials.ts'
import type { Member, SecondFactorKind, SessionRecord, Sessions } from '../store/store.ts'
import type { TokenSession, TokenSessions } from '../store/token-sessions.ts'
import type { AddressGate } from './address-lists.ts'
import { isSameDigest } from './constant-time.ts'
import { makeRoom } from './make-room.ts'
import { mintRefreshToken, parseRefreshToken, type RefreshToken } from './refresh-token.ts'
import type { SessionLookup } from './session-lookup.ts'
import type { SessionTokens } from './session-token.ts'

/** Of an access token. */
export const accessTokenMs = 15 * 60_000

export interface Opening {
  readonly member: Pick<Member, 'id'>
  readonly address: string
  readonly userAgent: string
  /** The key that stood in for the password: its limits are the session's. */
  readonly apiKey?: { readonly id: ApiKeyId; readonly expiresAtMs: number | null }
  readonly factor: SecondFactorKind | null
  /** The list that vouched for the person, and what it calls this proof. */
  readonly issued?: { readonly issuer: string; readonly session: string | null } | undefined
  /** How the session is said to be opened; a password or a key when left out. */
  readonly method?: 'ldap' | 'password' | undefined
  /** Whether whoever vouched still would. */
  readonly isStillMeant?: (() => boolean) | undefined
  readonly scopes: readonly Permission[] | null
  readonly addresses: readonly string[] | null
  readonly workflow: string | null
}

export interface IssuedTokens {
  readonly session: Pick<SessionRecord, 'hash' | 'userId'>
  readonly accessToken: string
  readonly expiresAtMs: number
  readonly refreshToken: string
  readonly scopes: readonly Permission[] | null
}

export type Refreshed =
  | { readonly kind: 'issued'; readonly tokens: IssuedTokens }
  /** An old one came again, so one of two holders is a thief: the session has ended. */
  | { readonly kind: 'reused'; readonly session: SessionRecord }

export interface ProgramSessions {
  open(opening: Opening): Promise<IssuedTokens>
  /** @throws unauthenticated, address_refused */
  refresh(text: string, clientAddress: string): Promise<Refreshed>
  /** Ends the session of an access or refresh token, and its jobs as `jobs` says. Undefined where there is none. */
  revoke(text: string, jobs: JobsAtEnd): Promise<SessionRecord | undefined>
}

export interface ProgramSessionsDependencies {
  readonly sessions: Sessions
  readonly tokenSessions: TokenSessions
  readonly sessionLookup: SessionLookup
  readonly sessionTokens: SessionTokens
  readonly addresses: Pick<AddressGate, 'admitCredential'>
  readonly now: () => number
}

export function createProgramSessions(dependencies: ProgramSessionsDependencies): ProgramSessions {
  const { sessions, tokenSessions, sessionLookup, sessionTokens, addresses, now } = dependencies
  return {
    open: async (opening) => {
      await makeRoom(sessions, opening.member.id, opening.apiKey !== undefined)
      const refresh = mintRefreshToken()
      const session = newSession(dependencies, opening, refresh.session)
      const { scopes, workflow } = opening
      const accessUntilMs = accessUntil(session, now())
      const token: TokenSession = {
        ...{ hash: refresh.session, refreshHash: refresh.hash, accessUntilMs },
        ...{ scopes, workflow, addresses: opening.addresses },
      }
      await sessions.add(session)
      await tokenSessions.add(token)
      if (opening.isStillMeant?.() === false) {
        await sessions.revoke(session.hash)
        throw new GatehouseError('bad_credentials')
      }
      return issue(sessionTokens, session, token, refresh)
    },
    refresh: async (text, clientAddress) => {
      const old = parseRefreshToken(text)
      const session = old === undefined ? undefined : await sessionLookup.find(old.session)
      const token = session === undefined ? undefined : await tokenSessions.find(session.hash)
      if (old === undefined || session === undefined || token === undefined) throw refused('unknown refresh token')
      if (token.addresses !== null) addresses.admitCredential(clientAddress, token.addresses, `session ${session.id}`)
      const next = mintRefreshToken(old.family)
      const renewed = { refreshHash: next.hash, accessUntilMs: accessUntil(session, now()) }
      const isNewest = isSameDigest(token.refreshHash, old.hash)
      if (!isNewest || !(await tokenSessions.rotate(session.hash, old.hash, renewed))) {
        await sessions.revoke(session.hash)
        return { kind: 'reused', session }
      }
      return { kind: 'issued', tokens: await issue(sessionTokens, session, { ...token, ...renewed }, next) }
    },
    revoke: async (text, jobs) => {
      const hash = parseRefreshToken(text)?.session ?? (await sessionTokens.verify(text))?.session
      const session = hash === undefined ? undefined : await sessions.find(hash)
      return session !== undefined && (await sessions.revoke(session.hash, jobs)) ? session : undefined
    },
  }
}

function newSession(
  { sessionLookup, now }: ProgramSessionsDependencies,
  { member, address, userAgent, apiKey, factor, issued, method = 'password' }: Opening,
  hash: SessionHash,
) {
  const nowMs = now()
  const longestMs = nowMs + sessionLookup.limits.absoluteMs
  return {
    ...{ hash, userId: member.id, address, userAgent, factor, remember: true, impersonatorId: null },
    ...{ createdAtMs: nowMs, lastSeenAtMs: nowMs, provenAtMs: nowMs },
    expiresAtMs: Math.min(longestMs, apiKey?.expiresAtMs ?? longestMs),
    apiKeyId: apiKey?.id ?? null,
    method: apiKey === undefined ? method : ('api-key' as const),
    issuer: issued?.issuer ?? null,
    issuerSession: issued?.session ?? null,
  }
}

/** Whole seconds, as a JWT has them. */
function accessUntil({ expiresAtMs }: Pick<SessionRecord, 'expiresAtMs'>, nowMs: number): number {
  return Math.floor(Math.min(nowMs + accessTokenMs, expiresAtMs) / 1000) * 1000
}

async function issue(
  sessionTokens: SessionTokens,
  session: Pick<SessionRecord, 'hash' | 'userId' | 'provenAtMs'>,
  { accessUntilMs: expiresAtMs, scopes, addresses, workflow }: TokenSession,
  refresh: RefreshToken,
): Promise<IssuedTokens> {
  const { hash, userId, provenAtMs } = session
  const claims = { session: hash, userId, provenAtMs, expiresAtMs, scopes, addresses, workflow }
  return { session, expiresAtMs, scopes, accessToken: await sessionTokens.sign(claims), refreshToken: refresh.text }
}

function refused(detail: string): GatehouseError {
  return new GatehouseError('unauthenticated', { detail })
}
