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
  // express-session keeps the list it is given and reads it at every request: what is put into it holds from then on.
  const signing = [...sessionCookie.signingSecrets()]
  return [
    markPublicScheme(sessionCookie.isSecure),
    (_request, _response, next) => {
      signing.splice(0, signing.length, ...sessionCookie.signingSecrets())
      next()
    },
    session({
      name: sessionCookie.name,
      secret: signing,
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
