/** May somebody choose this name for themselves? Not one that is somebody's already, though they have no account yet. */
import { sharedNames } from '../config/arrival-problems.ts'
import type { Config } from '../config/config.ts'
import { canonicalUserName } from './user-name.ts'

/**
 * `name` is canonical; without one: whether any may be chosen. Attack: who asks for an account by the name that an issuer
 * stands for gets the account that it opens later, and keeps the password to it.
 */
export function mayChooseName(config: Pick<Config, 'auth'>, name?: string): boolean {
  return sharedNames(config.auth).length === 0 && (name === undefined || !isGivenName(config, name))
}

/** Whether the configuration says who is called so: whom a fixed key or a certificate stands for, or strangers are taken for. */
export function isGivenName({ auth }: Pick<Config, 'auth'>, name: string): boolean {
  const given = [...auth.static_keys, ...auth.client_certificates, auth.guest, auth.localhost]
  return given.some((entry) => entry !== undefined && canonicalUserName(entry.user) === name)
}
