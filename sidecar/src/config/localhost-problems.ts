/** May whoever uses this machine be let in without a login? Only where nobody else can look as if they did. */
import { isLoopbackName } from '../identity/address-range.ts'
import type { ConfigFile } from './schema.ts'

interface Reachable extends Pick<ConfigFile, 'auth' | 'network' | 'server'> {
  readonly listen: readonly { readonly host: string; readonly port: number }[]
}

/** Every reason against `auth.localhost`, each with its cure. Attack A58: a proxy's request comes from this machine, too. */
export function localhostProblems(config: Reachable): readonly string[] {
  if (config.auth.localhost === undefined) return []
  const against = (setting: string): string =>
    `auth.localhost: refused beside ${setting}, because other people's requests would come from this machine as well; remove one of the two`
  return [
    ...(config.server.public_url === undefined ? [] : [against('server.public_url')]),
    ...(config.network.trusted_proxies.length === 0 ? [] : [against('network.trusted_proxies')]),
    ...(config.auth.trusted_headers.length === 0 ? [] : [against('auth.trusted_headers')]),
    ...config.listen
      .filter(({ host }) => !isLoopbackName(host))
      .map(({ host, port }) => `${against(`server.listen ${host}:${port}`)}, or listen on 127.0.0.1`),
  ]
}
