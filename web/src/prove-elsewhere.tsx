/** Where else can somebody prove again who they are? At the providers of their linked identities, which ask them anew and lead back. */
import { apiBase, type LoginOptions } from '@gatehouse/shared/own-api-contract'
import { useEffect, useState } from 'preact/hooks'
import { parseLoginOptions } from './login/parse-login-options.ts'
import type { OwnApi } from './own-api-client.ts'
import { parseIdentities } from './parse-identities.ts'

export function ProveElsewhere({ api }: { readonly api: OwnApi }) {
  const [providers, setProviders] = useState<LoginOptions['providers']>([])
  useEffect(() => {
    void findLinked(api).then(setProviders)
  }, [api])
  const back = new URLSearchParams({ fresh: 'true', next: location.pathname })
  return (
    <>
      {providers.map(({ name, label }) => (
        <a key={name} class="button quiet" href={`${apiBase}/oidc/${name}/login?${back}`}>
          Confirm with {label}
        </a>
      ))}
    </>
  )
}

async function findLinked(api: OwnApi): Promise<LoginOptions['providers']> {
  const [identities, options] = [await api.call('GET', '/identities'), await api.call('GET', '/login-options')]
  if (!identities.ok || !options.ok) return []
  const linked = new Set(parseIdentities(identities.value).map(({ provider }) => provider))
  return parseLoginOptions(options.value).providers.filter(({ name }) => linked.has(name))
}
