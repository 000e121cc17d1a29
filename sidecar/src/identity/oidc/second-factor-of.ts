/** Did the provider see a second factor? What an ID token says of how somebody proved themselves there. */
import type { JsonRecord } from '../jwt/claims.ts'

/** RFC 8176: what somebody knows, has and is. */
const kinds: Readonly<Record<string, 'knows' | 'has' | 'is'>> = {
  ...{ pwd: 'knows', pin: 'knows', kba: 'knows' },
  ...{ otp: 'has', hwk: 'has', swk: 'has', sc: 'has', sms: 'has', tel: 'has', pop: 'has' },
  ...{ face: 'is', fpt: 'is', iris: 'is', retina: 'is', vbm: 'is' },
}

/** Levels that mean two factors whoever says so: OpenID Connect EAP ACR Values 1.0, and the older PAPE. */
const twoFactorLevels: ReadonlySet<string> = new Set([
  ...['phr', 'phrh', 'http://schemas.openid.net/pape/policies/2007/06/multi-factor'],
  'http://schemas.openid.net/pape/policies/2007/06/multi-factor-physical',
])

/** `levels`: values of `acr` that the operator says mean one. */
export function hasSecondFactor({ amr, acr }: JsonRecord, levels: readonly string[]): boolean {
  if (typeof acr === 'string' && (levels.includes(acr) || twoFactorLevels.has(acr))) return true
  const methods = (Array.isArray(amr) ? amr : []).filter((one) => typeof one === 'string')
  if (methods.includes('mfa')) return true
  return new Set(methods.flatMap((method) => (Object.hasOwn(kinds, method) ? [kinds[method]] : []))).size > 1
}
