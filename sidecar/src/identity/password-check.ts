/** Do this name and this password belong together? One answer for every wrong pair, and the same work behind it. */
import type { UserId } from '@gatehouse/shared/ids'
import { GatehouseError } from '../gatehouse-error.ts'
import type { Member, Sessions, Users } from '../store/store.ts'
import { addressKey } from './address-key.ts'
import type { Backoff } from './backoff.ts'
import type { BasicPair } from './basic.ts'
import { type Passwords, passwordLimitBytes } from './password.ts'
import { canonicalUserName } from './user-name.ts'

/** @throws bad_credentials, too_many_attempts */
export type PasswordCheck = (pair: BasicPair, clientAddress: string) => Promise<Member>

export interface PasswordCheckDependencies {
  readonly users: Users
  readonly sessions: Sessions
  readonly passwords: Passwords
  readonly backoff: Backoff
}

/** Counted together, because none of them can be an account. */
const impossibleAccount = '\0impossible'
/** Asked about for a name that nobody has, so that the store works as much as for one that somebody has. */
const nobody = parseUserId('nobody')

export function createPasswordCheck(dependencies: PasswordCheckDependencies): PasswordCheck {
  const { users, sessions, passwords, backoff } = dependencies
  return async ({ username, password }, clientAddress) => {
    if (Buffer.byteLength(password.normalize('NFC')) > passwordLimitBytes) throw new GatehouseError('bad_credentials')
    const account = canonicalUserName(username) ?? impossibleAccount
    const member = await users.findByName(account)
    const isKnownAddress = await wasHere(sessions, member?.id ?? nobody, clientAddress)
    const attempt = { account, address: clientAddress, isKnownAddress }
    await backoff.begin(attempt)
    const verdict = await passwords.verify(password, member?.passwordHash)
    if (member === undefined || !verdict.isRight || member.state !== 'active')
      throw new GatehouseError('bad_credentials')
    await backoff.succeed(attempt)
    if (verdict.isOutdated && member.passwordHash !== null) {
      await users.rehashPassword(member.id, member.passwordHash, await passwords.hash(password))
    }
    return member
  }
}

async function wasHere(sessions: Sessions, userId: UserId, address: string): Promise<boolean> {
  const open = await sessions.list(userId)
  return open.some((session) => addressKey(session.address) === addressKey(address))
}

function parseUserId(text: string): UserId {
  return text as UserId
}
