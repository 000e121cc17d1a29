/** Which credentials were ended, not by time alone, and what becomes of the jobs they queued? Asked for jobs that outlive them. */
import type { UserId } from '@gatehouse/shared/ids'
import type { Identity } from '@gatehouse/shared/principal'

/** What happens to the jobs of a credential that ends; `cancel_waiting`: the one that runs goes on. */
export type JobsAtEnd = 'cancel' | 'cancel_waiting' | 'keep'

/** The jobs that it queued until then are over, too. */
export interface EndedCredential {
  /** Milliseconds since the epoch. A password has the same name after it was changed: what it proves then goes on. */
  readonly atMs: number
  readonly jobs: Exclude<JobsAtEnd, 'keep'>
}

export interface EndedCredentials {
  /** Undefined for one that was never ended. */
  find(name: string): Promise<EndedCredential | undefined>
  /** For what is no credential of the store's: the store's own are marked by what ends them. */
  add(name: string): Promise<void>
}

/** Under which name jobs remember what queued them. */
export function credentialName({ method, credentialId, login }: Identity): string {
  if (login !== undefined) return loginName(login)
  if (method === 'session' || method === 'session-token') return loginName(credentialId)
  return method === 'static-key' ? fixedKeyName(credentialId) : credentialId
}

const fixedKeyPrefix = 'static-key:'

/** Told apart from all others, because no row says that one is gone: the configuration does. */
export function fixedKeyName(key: string): string {
  return `${fixedKeyPrefix}${key}`
}

/** Which fixed key that is; undefined for other credentials. */
export function fixedKeyOf(name: string): string | undefined {
  return name.startsWith(fixedKeyPrefix) ? name.slice(fixedKeyPrefix.length) : undefined
}

/** Of one log-in, whatever id its session has got since. */
export function loginName(login: string): string {
  return `session:${login}`
}

export function isLoginName(name: string): boolean {
  return name.startsWith('session:')
}

/** Of every log-in of one person, with those that time has ended before. */
export function everyLoginName(userId: UserId): string {
  return `sessions:${userId}`
}
