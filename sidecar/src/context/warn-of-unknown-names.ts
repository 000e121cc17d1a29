/** What is the operator told of a gateway where nothing says by which name people come? */
import type { Config } from '../config/config.ts'

/** Whatever people may type. */
export function originsOf({ server }: Pick<Config, 'server'>): readonly string[] {
  return [...(server.public_url === undefined ? [] : [server.public_url]), ...server.allowed_origins]
}

/** One loud sentence; nothing where a name is configured, or no gateway is believed. */
export function warnOfUnknownNames(config: Pick<Config, 'auth' | 'server'>, say: (sentence: string) => void): void {
  if (config.auth.trusted_headers.length === 0 || originsOf(config).length > 0) return
  say(
    'WARNING: auth.trusted_headers is believed only for requests to an address or localhost, because no name of this server is configured: another site could have its own name lead here. Write what people type into server.public_url.',
  )
}
