/** How is a time of the own API shown? In the reader's own zone and language. */

export function whenText(iso: string | null): string {
  if (iso === null || iso === '') return 'never'
  const time = new Date(iso)
  return Number.isNaN(time.getTime())
    ? iso
    : time.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}

/** A browser's name for people; the user agent string itself where it is not a known one. */
export function browserName(userAgent: string): string {
  // Each calls itself the later ones, too.
  const browser = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'].find((name) => userAgent.includes(`${name}/`))
  const system = /\b(Windows|Android|iPhone|iPad|Mac OS X|Linux)\b/.exec(userAgent)?.[1]
  if (browser === undefined) return userAgent === '' ? 'Unknown browser' : userAgent
  const names: Readonly<Record<string, string>> = { Edg: 'Edge', OPR: 'Opera' }
  return `${names[browser] ?? browser}${system === undefined ? '' : ` on ${system === 'Mac OS X' ? 'macOS' : system}`}`
}

/** How a session was opened, for people; the name itself where it is not a known one. */
export function methodName(method: string): string {
  return methodNames[method] ?? method
}

const methodNames: Readonly<Record<string, string>> = {
  password: 'with the password',
  'api-key': 'with an API key',
  passkey: 'with a passkey',
  oidc: 'through the company log-in',
  ldap: 'with the company password',
  'trusted-header': 'through the gateway',
  'device-link': 'with a device link',
  invitation: 'with an invitation',
  impersonation: 'by an administrator',
}
