/** Which ways to sign in does the login page offer, beside a password and a key? */
import type { LoginOptions } from '@gatehouse/shared/own-api-contract'
import type { RequestHandler } from 'express'
import type { OwnApiContext } from './context.ts'

/** Asks nobody: a provider that is down is found out by who wants to use it. */
export function getLoginOptions({ identity, registration }: OwnApiContext): RequestHandler {
  return (_request, response) => {
    const answer: LoginOptions = {
      registration: registration().mode === 'approval',
      providers: identity.oidc.current().map(({ settings: { name, label } }) => ({ name, label: label ?? name })),
    }
    response.json(answer)
  }
}
