/** What do our own pages tell the browser to refuse? Helmet with everything from this origin and nothing inline. */
import type { RequestHandler } from 'express'
import helmet from 'helmet'

export interface SecurityHeadersOptions {
  readonly publicScheme: 'http' | 'https'
}

const oneYearSeconds = 365 * 24 * 60 * 60

/** For own pages and the own API only: the stock UI needs inline script and style. */
export function securityHeaders({ publicScheme }: SecurityHeadersOptions): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Sub-domains are not ours to bind, and on plain http the header would be ignored.
    strictTransportSecurity: publicScheme === 'https' ? { maxAge: oneYearSeconds, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'same-origin' },
    // Ignored with a warning in the console where the address is not trustworthy, as plain http on a LAN.
    crossOriginOpenerPolicy: publicScheme === 'https',
    originAgentCluster: publicScheme === 'https',
  })
}
