/** Does this visit ask to sign out, and is it the person who asks? */

export type LogoutWish = 'none' | 'at once' | 'ask first'

/**
 * Attack: another site links to `?logout=true` to sign people out. Our own pages and a typed address have our origin or
 * no referrer; `?logout=ask` is what the sidecar makes of it when `Sec-Fetch-Site` names another site.
 */
export function readLogoutWish(wanted: string | null, referrer: string, origin: string): LogoutWish {
  if (wanted === null || !['true', '1', '', 'ask'].includes(wanted)) return 'none'
  if (wanted === 'ask') return 'ask first'
  return referrer === '' || originOf(referrer) === origin ? 'at once' : 'ask first'
}

function originOf(referrer: string): string | undefined {
  try {
    return new URL(referrer).origin
  } catch {
    return undefined
  }
}
