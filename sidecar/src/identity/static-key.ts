/** Is this one of the operator's own fixed keys, and whose? Every configured key is compared, every time. */
import { GatehouseError } from '../gatehouse-error.ts'
import { commonPasswords } from './common-passwords.ts'
import { isSameSecret } from './constant-time.ts'
import { canonicalUserName } from './user-name.ts'

export interface StaticKey {
  /** Names the key in lists and logs. */
  readonly name: string
  readonly key: string
  /** The user it stands for. */
  readonly user: string
}

export interface StaticKeyProof {
  readonly name: string
  /** Canonical. */
  readonly user: string
}

export type StaticKeyCheck = (text: string) => StaticKeyProof | undefined

const minimumLength = 16

/** @throws bad_input for a key that is short, obvious or used twice, or a user name that cannot be */
export function createStaticKeyCheck(keys: readonly StaticKey[]): StaticKeyCheck {
  const known = keys.map((entry) => ({ name: entry.name, key: entry.key, user: judgeStaticKey(entry) }))
  if (new Set(keys.map(({ key }) => key)).size < keys.length) {
    throw new GatehouseError('bad_input', {
      message: 'auth.static_keys holds the same key twice. Give each user their own.',
    })
  }
  return (text) => {
    let found: StaticKeyProof | undefined
    for (const { name, key, user } of known) if (isSameSecret(key, text)) found = { name, user }
    return found
  }
}

function judgeStaticKey({ name, key, user }: StaticKey): string {
  if (key.length < minimumLength || commonPasswords.has(key.toLowerCase()) || new Set(key).size < 6) {
    throw new GatehouseError('bad_input', {
      message: `The static key "${name}" is too short or obvious. Use at least ${minimumLength} random characters.`,
    })
  }
  const canonical = canonicalUserName(user)
  if (canonical === undefined) {
    throw new GatehouseError('bad_input', {
      message: `The static key "${name}" names no possible user. Correct its user.`,
    })
  }
  return canonical
}
