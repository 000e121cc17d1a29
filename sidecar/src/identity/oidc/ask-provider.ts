/** How is a provider asked, and as whom? What discovery, log-in and log-out have in common. */
/** Asks one address once, without following redirects, within bounds of time and size. */
export type AskProvider = (
  url: string,
  asked: { readonly method: string; readonly headers: Record<string, string>; readonly body?: Uint8Array | string },
) => Promise<Response>

export interface OidcClientOptions {
  readonly issuer: string
  readonly clientId: string
  /** Undefined for a public client. */
  readonly clientSecret: string | undefined
  readonly scopes: readonly string[]
  readonly ask: AskProvider
  /** Milliseconds since the epoch. */
  readonly now: () => number
}
