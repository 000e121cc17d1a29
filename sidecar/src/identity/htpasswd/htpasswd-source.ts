/** Whose password is in the operator's list? The list proves it, every time; the account it opens copies nothing of it. */
import type { UserId } from '@gatehouse/shared/ids'
import type { AccountRules } from '../../config/auth/accounts-schema.ts'
import type { ResolveExternal } from '../external-account.ts'
import type { Passwords } from '../password.ts'
import type { PasswordSource } from '../password-source.ts'
import type { Bcrypt } from './bcrypt.ts'
import type { HtpasswdEntry, HtpasswdList } from './parse-htpasswd.ts'

/** Names the list where accounts, sessions and the audit name an issuer. */
export const htpasswdIssuer = 'htpasswd'

export interface HtpasswdSource extends PasswordSource {
  /** Whom lines have let in since the start that are in the list no more; each is told once. */
  takeGone(): readonly UserId[]
}

export interface HtpasswdSourceDependencies {
  /** Undefined where no list is configured. */
  readonly current: () => HtpasswdList | undefined
  readonly rules: () => AccountRules
  readonly passwords: Pick<Passwords, 'verify'>
  readonly bcrypt: Pick<Bcrypt, 'verify'>
  readonly resolveExternal: ResolveExternal
}

export function createHtpasswdSource(dependencies: HtpasswdSourceDependencies): HtpasswdSource {
  const { current, rules, resolveExternal } = dependencies
  const seen = new Map<string, UserId>()
  return {
    takeGone: () => {
      const kept = new Set([...(current()?.entries.values() ?? [])].map(({ digest }) => digest))
      const gone = [...seen].filter(([digest]) => !kept.has(digest))
      for (const [digest] of gone) seen.delete(digest)
      return gone.map(([, userId]) => userId)
    },
    prove: async ({ account, password }) => {
      const list = current()
      const entry = list?.entries.get(account)
      // Somebody's line is asked for a name that is in none: a stranger then learns no names by the time it takes.
      const asked = entry ?? list?.entries.values().next().value
      if (asked === undefined) return undefined
      const isRight = await verify(dependencies, asked, password)
      if (entry === undefined || !isRight) return undefined
      // The list may have changed meanwhile: what counts is what it says now.
      const isStillMeant = (): boolean => current()?.entries.get(account)?.digest === entry.digest
      if (!isStillMeant()) return undefined
      const { name, digest } = entry
      const issuer = { source: htpasswdIssuer, issuer: htpasswdIssuer }
      const person = { subject: name, userName: name, tenant: undefined, groups: [] }
      const member = await resolveExternal({ ...issuer, ...person }, rules())
      seen.set(digest, member.id)
      return { ...member, issued: { issuer: htpasswdIssuer, session: digest }, isStillMeant }
    },
  }
}

async function verify(
  { passwords, bcrypt }: HtpasswdSourceDependencies,
  { scheme, hash }: HtpasswdEntry,
  password: string,
): Promise<boolean> {
  return scheme === 'bcrypt' ? bcrypt.verify(password, hash) : (await passwords.verify(password, hash)).isRight
}
