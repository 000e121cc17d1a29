/** Which addresses does the own API have? Each with the function that answers it. */
import { apiBase } from '@gatehouse/shared/own-api-contract'
import express, { type Router } from 'express'
import { GatehouseError } from '../gatehouse-error.ts'
import { postInvitationAccept, postInvitationLook } from './accept-invitation.ts'
import { postCodeKey, postCodeKeyConfirm, postNewPasskeyOptions, postPasskey } from './add-factor.ts'
import { getAudit } from './audit-log.ts'
import { onlyJson } from './body.ts'
import type { OwnApiContext } from './context.ts'
import { deleteDeviceLink, getDeviceLink, postDeviceApproval, postDeviceLink } from './device-links.ts'
import { postElevate } from './elevate.ts'
import { deleteFactor, getFactors, postRecoveryCodes } from './factors.ts'
import { deleteFiles, getAllUsage, getFiles, getUsage } from './files.ts'
import { getHealth, getReady } from './health.ts'
import { deleteIdentity, getIdentities, postIdentity } from './identities.ts'
import { postImpersonate } from './impersonate.ts'
import { deleteInvitation, getInvitations, postInvitation } from './invitations.ts'
import { deleteKey, getKeys, postKey } from './keys.ts'
import { postLeakedKeys } from './leaked-keys.ts'
import { postDeviceClaim, postDeviceRedeem } from './link-device.ts'
import { getMe, getQueue, postLogin, postLogout } from './login.ts'
import { getLoginOptions } from './login-options.ts'
import { getOidcCallback, getOidcLogin } from './oidc.ts'
import { postBackchannelLogout } from './oidc-backchannel.ts'
import { postPasskeyOptions } from './passkey-login.ts'
import { postPassword } from './password.ts'
import { postRegister } from './register.ts'
import { requireAudit } from './require-audit.ts'
import { getRoles } from './roles.ts'
import { deleteSession, deleteSessions, getSessions } from './sessions.ts'
import { getSetup, postSetup } from './setup.ts'
import { postTicket } from './tickets.ts'
import { postToken, postTokenRefresh, postTokenRevoke } from './token.ts'
import { deleteUserFactors } from './user-factors.ts'
import { deleteUser, getUsers, patchUser, postUser } from './users.ts'
import { deleteWorkflow, getWorkflow, getWorkflows, postWorkflow } from './workflows.ts'

/** Whole paths, so that the alias known from the field stands beside them. Sessions come from the middleware before it. */
export function createOwnApi(context: OwnApiContext): Router {
  const router = express.Router({ caseSensitive: true, strict: true })
  // A form, as the standard has it, and an ending: before everything else is JSON, and whether or not it can be written down.
  router.post(`${apiBase}/oidc/:name/backchannel`, noStore, ...postBackchannelLogout(context))
  router.use([apiBase, '/api/auth/login'], noStore, requireAudit(context))
  router.post(`${apiBase}/workflows`, postWorkflow(context))
  router.use([apiBase, '/api/auth/login'], ...onlyJson)
  router.get(['/health', '/api/health'], getHealth(context))
  router.get('/ready', getReady(context))
  router.get(`${apiBase}/me`, getMe(context))
  router.post([`${apiBase}/login`, '/api/auth/login'], postLogin(context))
  router.post(`${apiBase}/passkey/options`, postPasskeyOptions(context))
  router.post(`${apiBase}/logout`, postLogout(context))
  router.get(`${apiBase}/login-options`, getLoginOptions(context))
  router.get(`${apiBase}/oidc/:name/login`, getOidcLogin(context))
  router.get(`${apiBase}/oidc/:name/callback`, getOidcCallback(context))
  router.get(`${apiBase}/identities`, getIdentities(context))
  router.post(`${apiBase}/identities`, postIdentity(context))
  router.delete(`${apiBase}/identities/:id`, deleteIdentity(context))
  router.get(`${apiBase}/setup`, getSetup(context))
  router.post(`${apiBase}/setup`, postSetup(context))
  router.get(`${apiBase}/queue`, getQueue(context))
  router.get(`${apiBase}/files`, getFiles(context))
  router.delete(`${apiBase}/files`, deleteFiles(context))
  router.get(`${apiBase}/usage`, getUsage(context))
  router.get(`${apiBase}/admin/usage`, getAllUsage(context))
  router.post(`${apiBase}/password`, postPassword(context))
  router.post(`${apiBase}/elevate`, postElevate(context))
  router.get(`${apiBase}/factors`, getFactors(context))
  router.post(`${apiBase}/factors/totp`, postCodeKey(context))
  router.post(`${apiBase}/factors/totp/confirm`, postCodeKeyConfirm(context))
  router.post(`${apiBase}/factors/passkey/options`, postNewPasskeyOptions(context))
  router.post(`${apiBase}/factors/passkey`, postPasskey(context))
  router.post(`${apiBase}/factors/recovery-codes`, postRecoveryCodes(context))
  router.delete(`${apiBase}/factors/:id`, deleteFactor(context))
  router.get(`${apiBase}/keys`, getKeys(context))
  router.post(`${apiBase}/keys`, postKey(context))
  router.delete(`${apiBase}/keys/:id`, deleteKey(context))
  router.post(`${apiBase}/leaked-keys`, postLeakedKeys(context))
  router.post(`${apiBase}/token`, postToken(context))
  router.post(`${apiBase}/token/refresh`, postTokenRefresh(context))
  router.post(`${apiBase}/token/revoke`, postTokenRevoke(context))
  router.post(`${apiBase}/tickets`, postTicket(context))
  router.get(`${apiBase}/sessions`, getSessions(context))
  router.delete(`${apiBase}/sessions`, deleteSessions(context))
  router.delete(`${apiBase}/sessions/:id`, deleteSession(context))
  router.get(`${apiBase}/audit`, getAudit(context))
  router.get(`${apiBase}/workflows`, getWorkflows(context))
  router.get(`${apiBase}/workflows/:name`, getWorkflow(context))
  router.delete(`${apiBase}/workflows/:name`, deleteWorkflow(context))
  router.get(`${apiBase}/invitations`, getInvitations(context))
  router.post(`${apiBase}/invitations`, postInvitation(context))
  router.post(`${apiBase}/invitations/look`, postInvitationLook(context))
  router.post(`${apiBase}/invitations/accept`, postInvitationAccept(context))
  router.delete(`${apiBase}/invitations/:id`, deleteInvitation(context))
  router.post(`${apiBase}/register`, postRegister(context))
  router.post(`${apiBase}/device-links`, postDeviceLink(context))
  router.post(`${apiBase}/device-links/claim`, postDeviceClaim(context))
  router.post(`${apiBase}/device-links/redeem`, postDeviceRedeem(context))
  router.get(`${apiBase}/device-links/:id`, getDeviceLink(context))
  router.delete(`${apiBase}/device-links/:id`, deleteDeviceLink(context))
  router.post(`${apiBase}/device-links/:id/approve`, postDeviceApproval(context))
  router.get(`${apiBase}/roles`, getRoles(context))
  router.get(`${apiBase}/users`, getUsers(context))
  router.post(`${apiBase}/users`, postUser(context))
  router.patch(`${apiBase}/users/:name`, patchUser(context))
  router.delete(`${apiBase}/users/:name`, deleteUser(context))
  router.delete(`${apiBase}/users/:name/factors`, deleteUserFactors(context))
  router.post(`${apiBase}/users/:name/impersonate`, postImpersonate(context))
  router.use(apiBase, () => {
    throw new GatehouseError('not_found')
  })
  return router
}

const noStore: express.RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store')
  next()
}
