/** What does a provider say about itself? Asked at the first use, again in the background, and again soon after a failure. */
import * as oidc from 'openid-client'
import { GatehouseError } from '../../gatehouse-error.ts'
import type { AskProvider, OidcClientOptions } from './ask-provider.ts'
import { forbiddenEndpoint, isAllowedAddress } from './provider-address.ts'

/** Milliseconds. */
const refreshMs = 60 * 60_000
/** A provider that is down is not asked by every click. */
const coolDownMs = 2_000
const clockSkewSeconds = 60

/** @throws provider_down */
export function createDiscovery(options: OidcClientOptions): () => Promise<oidc.Configuration> {
  const { now } = options
  let known: { readonly configuration: oidc.Configuration; readonly atMs: number } | undefined
  let failed: { readonly error: GatehouseError; readonly atMs: number } | undefined
  let running: Promise<oidc.Configuration> | undefined
  const discover = async (): Promise<oidc.Configuration> => {
    try {
      const configuration = await ask(options)
      known = { configuration, atMs: now() }
      failed = undefined
      return configuration
    } catch (cause) {
      failed = { error: new GatehouseError('provider_down', { cause }), atMs: now() }
      throw failed.error
    } finally {
      running = undefined
    }
  }
  return async () => {
    const isFresh = known !== undefined && now() - known.atMs < refreshMs
    if (known !== undefined && isFresh) return known.configuration
    if (failed !== undefined && now() - failed.atMs < coolDownMs) {
      if (known !== undefined) return known.configuration
      throw failed.error
    }
    running ??= discover()
    if (known === undefined) return running
    running.catch(() => undefined)
    return known.configuration
  }
}

async function ask({ issuer, clientId, clientSecret, ask: send }: OidcClientOptions): Promise<oidc.Configuration> {
  const isClear = new URL(issuer).protocol === 'http:'
  const configuration = await oidc.discovery(
    new URL(issuer),
    clientId,
    { [oidc.clockTolerance]: clockSkewSeconds },
    clientSecret === undefined ? oidc.None() : secretAuth(clientSecret),
    {
      [oidc.customFetch]: guarded(send, issuer),
      execute: [oidc.enableNonRepudiationChecks, ...(isClear ? [oidc.allowInsecureRequests] : [])],
    },
  )
  const metadata = configuration.serverMetadata()
  const forbidden = forbiddenEndpoint(metadata, issuer)
  if (forbidden !== undefined)
    throw new Error(`the discovery document names an address for ${forbidden} that is not asked`)
  if (metadata.authorization_endpoint === undefined || metadata.token_endpoint === undefined) {
    throw new Error('the discovery document lacks an endpoint')
  }
  return configuration
}

/** OpenID Connect Dynamic Registration 2: `client_secret_basic` where nothing else is said. */
function secretAuth(secret: string): oidc.ClientAuth {
  const [basic, post] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)]
  return (server, client, body, headers) => {
    const supported = server.token_endpoint_auth_methods_supported
    const isPost = supported?.includes('client_secret_post') === true && !supported.includes('client_secret_basic')
    return (isPost ? post : basic)(server, client, body, headers)
  }
}

function guarded(send: AskProvider, issuer: string): oidc.CustomFetch {
  return async (url, { method, headers, body }) => {
    if (!isAllowedAddress(url, issuer)) throw new Error('an address that a provider may not name')
    const sent = body instanceof URLSearchParams ? body.toString() : body
    if (sent !== undefined && sent !== null && typeof sent !== 'string') throw new Error('a body that is not sent')
    return send(url, { method, headers, ...(typeof sent === 'string' ? { body: sent } : {}) })
  }
}
