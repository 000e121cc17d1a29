/** Which of our keys are in this text? Each that is whole and right is revoked; a part of one proves nothing. */
import type { UserId } from '@gatehouse/shared/ids'
import type { Audit } from '../audit/audit.ts'
import type { ApiKeys } from '../store/api-keys.ts'
import type { Sessions } from '../store/store.ts'
import type { TokenSessions } from '../store/token-sessions.ts'
import { parseApiKey } from './api-key.ts'
import { isSameDigest, sha256Hex } from './constant-time.ts'
import { parseRefreshToken } from './refresh-token.ts'

export interface LeakedKey {
  readonly kind: 'api-key' | 'session'
  /** Public name, for lists. */
  readonly id: string
  readonly userId: UserId
}

export interface LeakedKeysDependencies {
  readonly store: {
    readonly apiKeys: Pick<ApiKeys, 'find' | 'revoke'>
    readonly sessions: Pick<Sessions, 'find' | 'revoke'>
    readonly tokenSessions: Pick<TokenSessions, 'find'>
  }
  readonly audit: Pick<Audit, 'record'> | undefined
}

const candidates = /gh_[A-Za-z0-9]{12}_[A-Za-z0-9]{32,64}|ghr_[A-Za-z0-9]{32}_[A-Za-z0-9]{32}/g
/** Characters: with a checksum, and of older versions. A log may print a key against the next word. */
const keyLengths = [62, 56]
/** In one text; whoever publishes more of ours publishes a list. */
const candidateLimitCount = 1_000

/** Those that were revoked, in the order of the text. */
export async function revokeLeaked(
  dependencies: LeakedKeysDependencies,
  text: string,
  address?: string,
): Promise<readonly LeakedKey[]> {
  const found = new Set(text.match(candidates)?.slice(0, candidateLimitCount))
  const revoked: LeakedKey[] = []
  for (const candidate of found) {
    const leaked = candidate.startsWith('ghr_')
      ? await revokeSession(dependencies, candidate)
      : await revokeKey(dependencies, candidate)
    if (leaked === undefined) continue
    revoked.push(leaked)
    const detail = { user: leaked.userId, credential: leaked.kind }
    dependencies.audit?.record({ kind: 'key.leaked', target: leaked.id, address, detail })
  }
  return revoked
}

async function revokeKey({ store }: LeakedKeysDependencies, run: string): Promise<LeakedKey | undefined> {
  for (const text of new Set([run, ...keyLengths.map((length) => run.slice(0, length))])) {
    const key = parseApiKey(text)
    const record = key === undefined ? undefined : await store.apiKeys.find(key.id)
    if (key === undefined || record === undefined) continue
    if (!isSameDigest(record.secretHash, sha256Hex(key.secret))) continue
    const { id, userId } = record
    return (await store.apiKeys.revoke(id)) ? { kind: 'api-key', id, userId } : undefined
  }
  return undefined
}

/** An old one is as bad: its holder had the newest one once, or has it still. */
async function revokeSession({ store }: LeakedKeysDependencies, text: string): Promise<LeakedKey | undefined> {
  const token = parseRefreshToken(text)
  const session = token === undefined ? undefined : await store.sessions.find(token.session)
  if (session === undefined || (await store.tokenSessions.find(session.hash)) === undefined) return undefined
  return (await store.sessions.revoke(session.hash))
    ? { kind: 'session', id: session.id, userId: session.userId }
    : undefined
}
