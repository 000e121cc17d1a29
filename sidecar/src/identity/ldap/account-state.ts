/** Does the directory say that this account may not log in, or that it is none any more? In the words of each product. */

/** Asked for by name, because some of them are shown to nobody else. */
export const lockAttributes = [
  'userAccountControl',
  'nsAccountLock',
  'pwdAccountLockedTime',
  'pwdAccountDisabled',
  'loginDisabled',
  'shadowExpire',
] as const

/** Active Directory's ACCOUNTDISABLE and LOCKOUT. */
const [disabledFlag, lockedFlag] = [0x0002, 0x0010]
/** Of OpenLDAP: by an administrator, and until one takes it back (slapo-ppolicy). */
const lockedForGood = '000001010000Z'
const dayMs = 24 * 60 * 60_000

type Entry = Readonly<Record<string, readonly (string | Buffer)[]>>

/** Asked with a right password. Names in lower case, as entries have them. */
export function isLocked(entry: Entry, nowMs: number = Date.now()): boolean {
  // A password that proved right took a passing lock away.
  return isDisabled(entry, nowMs) || hasFlag(entry, lockedFlag) || read(entry, 'pwdAccountLockedTime') !== ''
}

/** Asked without a password. Attack: whoever types wrong ones for somebody locks them out for a while, and shall end no session. */
export function isDisabled(entry: Entry, nowMs: number = Date.now()): boolean {
  if (hasFlag(entry, disabledFlag) || read(entry, 'pwdAccountLockedTime') === lockedForGood) return true
  for (const name of ['nsAccountLock', 'pwdAccountDisabled', 'loginDisabled'] as const) {
    if (read(entry, name).toLowerCase() === 'true') return true
  }
  const expires = read(entry, 'shadowExpire')
  return expires !== '' && Number(expires) >= 0 && Number(expires) * dayMs <= nowMs
}

function hasFlag(entry: Entry, flag: number): boolean {
  return (Number(read(entry, 'userAccountControl') || 0) & flag) !== 0
}

function read(entry: Entry, name: (typeof lockAttributes)[number]): string {
  return String(entry[name.toLowerCase()]?.[0] ?? '')
}
