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
  return method === 'session' || method === 'session-token' ? loginName(credentialId) : credentialId
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
