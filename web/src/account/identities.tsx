/** With which identities of providers can I log in? Links another one, or unlinks one. */
import type { LoginOptions } from '@gatehouse/shared/own-api-contract'
import { parseNext } from '@gatehouse/shared/parse-next'
import type { LinkedIdentitySummary, LinkRequest } from '@gatehouse/shared/people-contract'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { Alert, ConfirmButton } from '../form.tsx'
import { parseLoginOptions } from '../login/parse-login-options.ts'
import { loginProblem } from '../login-problem.ts'
import type { OwnApi } from '../own-api-client.ts'
import { parseIdentities } from '../parse-identities.ts'
import { whenText } from '../when.ts'

type Providers = LoginOptions['providers']

export function Identities({ api }: { readonly api: OwnApi }) {
  const [linked, setLinked] = useState<readonly LinkedIdentitySummary[]>([])
  const [providers, setProviders] = useState<Providers>([])
  const [error, setError] = useState(loginProblem(new URLSearchParams(location.search).get('problem')) ?? '')
  const load = useCallback(async () => {
    const [identities, options] = [await api.call('GET', '/identities'), await api.call('GET', '/login-options')]
    if (identities.ok) setLinked(parseIdentities(identities.value))
    else setError(identities.message)
    if (options.ok) setProviders(parseLoginOptions(options.value).providers)
  }, [api])
  useEffect(() => void load(), [load])

  const link = async (provider: string) => {
    const body: LinkRequest = { provider }
    const outcome = await api.call('POST', '/identities', body)
    const next = outcome.ok ? parseNext(outcome.value) : undefined
    if (next !== undefined) location.assign(next)
    else setError(outcome.ok ? 'The server answered with something else than an address.' : outcome.message)
  }
  const unlink = async (identity: LinkedIdentitySummary) => {
    const outcome = await api.call('DELETE', `/identities/${encodeURIComponent(identity.id)}`)
    if (!outcome.ok) return setError(outcome.message)
    setError('')
    await load()
  }
  if (providers.length === 0 && linked.length === 0 && error === '') return null
  return (
    <section aria-labelledby="identities-title">
      <h2 id="identities-title">Linked identities</h2>
      <Alert text={error} />
      <ul class="list">
        {linked.map((identity) => (
          <li key={identity.id}>
            <div class="about">
              {labelOf(identity, providers)}
              <small>
                {identity.subject}, linked {whenText(identity.linkedAt)}
              </small>
            </div>
            <ConfirmButton label="Unlink" subject={labelOf(identity, providers)} act={() => void unlink(identity)} />
          </li>
        ))}
      </ul>
      <div class="row">
        {providers.map(({ name, label }) => (
          <button key={name} type="button" class="small quiet" onClick={() => void link(name)}>
            Link {label}
          </button>
        ))}
      </div>
    </section>
  )
}

function labelOf({ provider, issuer }: LinkedIdentitySummary, providers: Providers): string {
  return providers.find(({ name }) => name === provider)?.label ?? issuer
}
