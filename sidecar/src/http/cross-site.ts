/** Did this request come from our own pages? `Origin` decides, `Sec-Fetch-Site` where the browser sends it. */
import { GatehouseError } from '../gatehouse-error.ts'
import type { Proven } from '../identity/proof.ts'
import type { Method } from '../policy/canonical-request.ts'

export interface CrossSiteInput {
  readonly method: Method
  readonly headers: ReadonlyMap<string, string>
  readonly isUpgrade: boolean
  /** An API key in a header or the query: a foreign page can neither know it nor make a browser send it. */
  readonly hasExplicitKey: boolean
  readonly hasCookie: boolean
  /** Origins the operator named, e.g. `https://comfy.example.com`. */
  readonly publicOrigins: ReadonlySet<string>
}

const safeMethods: ReadonlySet<Method> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses state changes and upgrades that another site started.
 * @throws cross_site
 */
export function refuseCrossSite(input: CrossSiteInput): void {
  if (input.hasExplicitKey) return
  if (safeMethods.has(input.method) && !input.isUpgrade) return
  const site = input.headers.get('sec-fetch-site')
  // A sibling sub-domain or another port of this host is another tenant's page at worst: only same-origin counts.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new GatehouseError('cross_site')
  const origin = input.headers.get('origin')
  if (origin === undefined) {
    // Every browser sends Origin on upgrades and on unsafe methods; a cookie without it is not a page of ours.
    if (input.isUpgrade && input.hasCookie) throw new GatehouseError('cross_site')
    return
  }
  if (input.publicOrigins.has(origin)) return
  if (!sameHost(origin, input.headers.get('host'))) throw new GatehouseError('cross_site')
}

export interface ForeignUseInput {
  readonly headers: ReadonlyMap<string, string>
  /** Set by our own page script, on requests that no other site can make. */
  readonly pageReference: string | undefined
}

/**
 * Refuses a GET with the visitor's cookie that a sibling host or another port started: packs change things on GET, as
 * ComfyUI-Manager did before its CSRF fix of April 2026, and SameSite=Strict lets siblings through.
 * @throws cross_site
 */
export function refuseForeignUse({ headers, pageReference }: ForeignUseInput, needsPage: boolean): void {
  const site = headers.get('sec-fetch-site')
  if (pageReference !== undefined || site === 'same-origin' || site === 'none') return
  // Plain-http addresses of a LAN send no Sec-Fetch-Site: only the page script can tell then.
  if (site !== undefined || needsPage) throw new GatehouseError('cross_site')
}

export interface AmbientInput {
  readonly headers: ReadonlyMap<string, string>
  readonly isUpgrade: boolean
  readonly isNavigation: boolean
}

/**
 * Refuses what another site makes a browser ask for, where something else than our cookie proves the person by itself:
 * SameSite, which keeps that cookie at home, is not there. A link is followed, also from a sign-in page elsewhere.
 * @throws cross_site
 */
export function refuseAmbient(
  { headers, isUpgrade, isNavigation }: AmbientInput,
  { identity: { method }, isAmbient }: Pick<Proven, 'identity' | 'isAmbient'>,
): void {
  // Browsers remember a Basic password, and SameSite does not keep it at home.
  if (isAmbient !== true && method !== 'basic') return
  const site = headers.get('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isNavigation) {
    throw new GatehouseError('cross_site')
  }
  // Every browser sends Origin on upgrades, and refuseCrossSite has judged it.
  if (isUpgrade && method === 'trusted-header' && !headers.has('origin')) throw new GatehouseError('cross_site')
}

/** The scheme is not compared: behind a TLS-terminating proxy only the host survives. */
function sameHost(origin: string, host: string | undefined): boolean {
  const authority = /^https?:\/\/([^/?#@\\]+)$/i.exec(origin)?.[1]
  if (authority === undefined || host === undefined) return false
  return withoutDefaultPort(authority) === withoutDefaultPort(host)
}

function withoutDefaultPort(authority: string): string {
  return authority.toLowerCase().replace(/:(?:80|443)$/, '')
}
