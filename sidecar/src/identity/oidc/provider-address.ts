/** May a provider send us, or somebody's browser, to this address? Only over https, or on this machine where it is itself. */
import { isLoopbackName } from '../address-range.ts'

/**
 * Attack: a discovery document that names an address inside the operator's own network, so that Gatehouse asks there
 * (server-side request forgery), or a `javascript:` address for the browser.
 */
export function isAllowedAddress(text: string, issuer: string): boolean {
  const [url, home] = [URL.parse(text), URL.parse(issuer)]
  if (url === null || home === null || url.username !== '' || url.password !== '') return false
  if (isOnThisMachine(url)) return isOnThisMachine(home) && (url.protocol === 'https:' || url.protocol === 'http:')
  return url.protocol === 'https:'
}

/** The endpoints of a discovery document that are used. */
const endpoints = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
  'end_session_endpoint',
  'revocation_endpoint',
] as const

/** The first endpoint that must not be used; undefined where all of them may. */
export function forbiddenEndpoint(metadata: object, issuer: string): string | undefined {
  return endpoints.find((name) => {
    const value: unknown = Reflect.get(metadata, name)
    return value !== undefined && (typeof value !== 'string' || !isAllowedAddress(value, issuer))
  })
}

function isOnThisMachine({ hostname }: URL): boolean {
  const name = hostname.replace(/^\[(.+)\]$/, '$1').replace(/\.$/, '')
  return isLoopbackName(name) || name.endsWith('.localhost') || name === '0.0.0.0' || name === '::'
}
