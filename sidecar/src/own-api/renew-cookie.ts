/** How does a session outlive the secret that signed its cookie? The cookie is signed anew while the old secret counts. */
import type { RequestHandler } from 'express'
import { sessionHash } from '../identity/session-cookie.ts'
import type { OwnApiContext } from './context.ts'

/** Every page asks who is signed in when it is opened, and so gets here. */
export function renewCookie({ identity, now }: Pick<OwnApiContext, 'identity' | 'now'>): RequestHandler {
  const { sessionCookie, sessionLookup } = identity
  return async (request, response, next) => {
    const renewed = sessionCookie.renew([request.headers.cookie ?? ''])
    const session = renewed === undefined ? undefined : await sessionLookup.find(sessionHash(renewed.id))
    if (renewed !== undefined && session !== undefined) {
      const { name, isSecure } = sessionCookie
      const lasting = session.remember ? { maxAge: session.expiresAtMs - now() } : {}
      response.cookie(name, renewed.value, {
        path: '/',
        httpOnly: true,
        sameSite: 'strict',
        secure: isSecure,
        ...lasting,
      })
    }
    next()
  }
}
