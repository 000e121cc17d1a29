/** How do Express requests come by their session? express-session and passport over the cookie that the raw lane reads. */
import type { RequestHandler } from 'express'
import session from 'express-session'
import passport from 'passport'
import type { SessionCookie } from '../identity/session-cookie.ts'

export interface SessionMiddlewareDependencies {
  readonly sessionCookie: SessionCookie
  readonly sessionStore: session.Store
}

/** In the order in which they have to run. */
export function createSessionMiddleware(dependencies: SessionMiddlewareDependencies): readonly RequestHandler[] {
  const { sessionCookie, sessionStore } = dependencies
  const authenticator = new passport.Passport()
  // What a session says of its person is read by `authenticate` alone, with every other credential.
  authenticator.serializeUser((user, done) => done(null, user))
  authenticator.deserializeUser((user: Express.User, done) => done(null, user))
  return [
    markPublicScheme(sessionCookie.isSecure),
    session({
      name: sessionCookie.name,
      secret: [...sessionCookie.signingSecrets],
      store: sessionStore,
      genid: () => sessionCookie.mintId(),
      resave: false,
      saveUninitialized: false,
      rolling: false,
      cookie: { path: '/', httpOnly: true, sameSite: 'strict', secure: sessionCookie.isSecure },
    }),
    authenticator.initialize(),
    authenticator.session(),
  ]
}

/** Configuration, never a header, says which scheme browsers use; behind a TLS proxy the socket cannot know. */
function markPublicScheme(isSecure: boolean): RequestHandler {
  return (request, _response, next) => {
    Object.defineProperty(request, 'secure', { value: isSecure })
    next()
  }
}
