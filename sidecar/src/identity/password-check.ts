/** Do this name and this password belong together? One answer for every wrong pair, and the same work behind it. */
import type { UserId } from '@gatehouse/shared/ids'
import { GatehouseError } from '../gatehouse-error.ts'
import type { Member, Sessions, Users } from '../store/store.ts'
import { addressKey } from './address-key.ts'
import type { Backoff } from './backoff.ts'
import type { BasicPair } from './basic.ts'
import type { KnownBrowser } from './known-browser.ts'
import { type Passwords, passwordLimitBytes } from './password.ts'
import type { PasswordSource, ProvenMember } from './password-source.ts'
import { canonicalUserName } from './user-name.ts'

/** @throws bad_credentials, approval_pending, too_many_attempts */
export type PasswordCheck = (pair: BasicPair, clientAddress: string, cookieHeader?: string) => Promise<ProvenMember>

export interface PasswordCheckDependencies {
  readonly users: Users
  readonly sessions: Sessions
  readonly passwords: Passwords
  readonly backoff: Backoff
  readonly knownBrowser: KnownBrowser
  /** Where else passwords are kept. */
  readonly sources: readonly PasswordSource[]
}

/** Counted together, because none of them can be an account. */
const impossibleAccount = '\0impossible'
/** Asked about for a name that nobody has, so that the store works as much as for one that somebody has. */
const nobody = parseUserId('nobody')

export function createPasswordCheck(dependencies: PasswordCheckDependencies): PasswordCheck {
  const { users, sessions, backoff, knownBrowser, sources } = dependencies
  return async ({ username, password }, clientAddress, cookieHeader) => {
    if (Buffer.byteLength(password.normalize('NFC')) > passwordLimitBytes) throw new GatehouseError('bad_credentials')
    const account = canonicalUserName(username) ?? impossibleAccount
    const member = await users.findByName(account)
    const isKnownAddress = await wasHere(sessions, member?.id ?? nobody, clientAddress)
    const browser = knownBrowser.read(cookieHeader, member?.id ?? nobody)
    const attempt = { account, address: clientAddress, isKnownAddress, browser }
    await backoff.begin(attempt)
    const proven =
      (await proveHere(dependencies, member, password)) ?? (await proveElsewhere(sources, member, attempt, password))
    if (proven === undefined || proven.state === 'disabled') throw new GatehouseError('bad_credentials')
    await backoff.succeed(attempt)
    // Only after a right password: nobody else learns who asked for an account.
    if (proven.state === 'pending') throw new GatehouseError('approval_pending')
    return proven
  }
}

async function proveHere(
  { users, passwords }: PasswordCheckDependencies,
  member: Member | undefined,
  password: string,
): Promise<Member | undefined> {
  const verdict = await passwords.verify(password, member?.passwordHash)
  if (member === undefined || !verdict.isRight || member.kind === 'service') return undefined
  const right = [member.passwordHash]
  if (verdict.isOutdated && member.passwordHash !== null && member.state === 'active') {
    const next = await passwords.hash(password)
    await users.rehashPassword(member.id, member.passwordHash, next)
    right.push(next)
  }
  // Attack: whoever knows the old password logs in again and again, and is at it while its owner changes it.
  const present = await users.findById(member.id)
  if (present === undefined || right.includes(present.passwordHash)) return present
  // The same one, under the parameters of a log-in beside this one.
  return (await passwords.verify(password, present.passwordHash)).isRight ? present : undefined
}

/**
 * A name with a password of its own here means that account and no other; the sources are asked all the same, for the
 * time it takes. Attack: a stranger asks for an account by the name of somebody in a directory, who is shut out by it.
 */
async function proveElsewhere(
  sources: readonly PasswordSource[],
  member: Member | undefined,
  { account }: { readonly account: string },
  password: string,
): Promise<ProvenMember | undefined> {
  const hasOwn = member !== undefined && (member.passwordHash !== null || member.kind === 'service')
  const isOwn = hasOwn && member.state !== 'pending'
  for (const source of sources) {
    const proven = await source.prove({ account: isOwn ? impossibleAccount : account, password })
    if (proven !== undefined && proven.kind === 'person') return proven
  }
  return undefined
}

async function wasHere(sessions: Sessions, userId: UserId, address: string): Promise<boolean> {
  const open = await sessions.list(userId)
  return open.some((session) => addressKey(session.address) === addressKey(address))
}

function parseUserId(text: string): UserId {
  return text as UserId
}
