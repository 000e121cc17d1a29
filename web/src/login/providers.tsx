/** How else can somebody come in? One button for each provider of the configuration, and the way to ask for an account. */
import { apiBase, type LoginOptions } from '@gatehouse/shared/own-api-contract'
import { useEffect, useState } from 'preact/hooks'
import type { OwnApi } from '../own-api-client.ts'
import { parseLoginOptions } from './parse-login-options.ts'

interface Props {
  readonly api: OwnApi
  /** Path to come back to. */
  readonly next: string
}

export function Providers({ api, next }: Props) {
  const [{ providers, registration }, setOptions] = useState<LoginOptions>({ providers: [], registration: false })
  useEffect(() => {
    void api.call('GET', '/login-options').then((outcome) => {
      if (outcome.ok) setOptions(parseLoginOptions(outcome.value))
    })
  }, [api])
  return (
    <>
      {providers.length > 0 && <Elsewhere providers={providers} next={next} />}
      {registration && (
        <p class="quiet-text">
          No account yet? <a href="/register">Ask for an account</a>
        </p>
      )}
    </>
  )
}

function Elsewhere({ providers, next }: Pick<LoginOptions, 'providers'> & Pick<Props, 'next'>) {
  return (
    <nav class="providers" aria-label="Sign in elsewhere">
      <p class="or">or</p>
      {providers.map(({ name, label }) => (
        <a key={name} class="button quiet" href={`${apiBase}/oidc/${name}/login?next=${encodeURIComponent(next)}`}>
          Sign in with {label}
        </a>
      ))}
    </nav>
  )
}
