/** Does the directory say that this account may not log in? In the words of each product. */

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
const disabledFlags = 0x0002 | 0x0010
const dayMs = 24 * 60 * 60_000

/** Names in lower case, as entries have them. */
export function isLocked(
  entry: Readonly<Record<string, readonly (string | Buffer)[]>>,
  nowMs: number = Date.now(),
): boolean {
  const read = (name: (typeof lockAttributes)[number]): string => String(entry[name.toLowerCase()]?.[0] ?? '')
  if ((Number(read('userAccountControl') || 0) & disabledFlags) !== 0) return true
  for (const name of ['nsAccountLock', 'pwdAccountDisabled', 'loginDisabled'] as const) {
    if (read(name).toLowerCase() === 'true') return true
  }
  // A password that proved right took a passing lock away.
  if (read('pwdAccountLockedTime') !== '') return true
  const expires = read('shadowExpire')
  return expires !== '' && Number(expires) >= 0 && Number(expires) * dayMs <= nowMs
}
