/** How do own pages and API hang together? One Express application, in the order in which a request passes it. */
import express, { type Express } from 'express'
import { GatehouseError } from '../gatehouse-error.ts'
import { securityHeaders } from '../http/security-headers.ts'
import { createSessionMiddleware } from '../http/session-middleware.ts'
import { createErrorHandler } from './answer-error.ts'
import type { OwnApiContext } from './context.ts'
import { ExpressSessionStore } from './express-session-store.ts'
import { createOwnApi } from './own-api.ts'
import { createPages } from './pages.ts'
import { renewCookie } from './renew-cookie.ts'

/** The cross-site check has run before. @throws internal where the pages were not built */
export async function createOwnExpress(context: OwnApiContext): Promise<Express> {
  const { identity, store, now, publicScheme, webDir } = context
  const sessionStore = new ExpressSessionStore({ sessions: store.sessions, sessionLookup: identity.sessionLookup, now })
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', false)
  // Who is in front of us is judged once, at the door, never by Express.
  app.set('trust proxy', false)
  app.use(securityHeaders({ publicScheme }))
  app.use(await createPages({ webDir }))
  app.use(...createSessionMiddleware({ sessionCookie: identity.sessionCookie, sessionStore }))
  app.use(renewCookie({ identity, now }))
  app.use(createOwnApi(context))
  app.use(() => {
    throw new GatehouseError('not_found')
  })
  app.use(createErrorHandler(context))
  return app
}
