/** Who asks, on whose behalf, and may they? The steps of the story between the door and the row that answers. */
import { csrfHeader } from '@gatehouse/shared/page-binding'
import type { Identity, Principal } from '@gatehouse/shared/principal'
import type { RequestWatch } from './audit/watch-requests.ts'
import { GatehouseError } from './gatehouse-error.ts'
import { refuseAmbient, refuseForeignUse } from './http/cross-site.ts'
import { credentialInputOf, type RequestScope } from './http/request-scope.ts'
import type { AddressGate } from './identity/address-lists.ts'
import type { Authenticate } from './identity/authenticate.ts'
import { isFreshProof } from './identity/fresh-proof.ts'
import { type PageBinding, refuseForeignPage, type SentByPage } from './identity/page-binding.ts'
import type { Proven } from './identity/proof.ts'
import type { RouteTable } from './policy/compile-table.ts'
import { type Decision, decide } from './policy/decide.ts'
import type { MayPass } from './policy/report-only.ts'
import { passReportedRow } from './policy/report-rows.ts'
import type { Row } from './policy/row.ts'

export interface JudgeContext {
  readonly table: RouteTable
  readonly clock: () => number
  readonly watch: RequestWatch
  readonly mayPass: MayPass
  readonly addresses: Pick<AddressGate, 'admit'>
  readonly authenticate: Authenticate
  readonly resolvePrincipal: (identity: Identity) => Promise<Principal>
  readonly pageBinding: PageBinding
}

/** authenticate -> resolvePrincipal -> page binding -> decide. @throws every refusal but a row's own */
export async function judgeRequest(context: JudgeContext, scope: RequestScope): Promise<Decision> {
  const proven = await context.authenticate(credentialInputOf(scope))
  if (proven.kind === 'identity') {
    scope.identity = proven.identity
    scope.principal = await context.resolvePrincipal(proven.identity)
    context.addresses.admit(scope.clientAddress, scope.principal.role)
    refuseAmbient(scope, proven)
    refuseForeignPage(context.pageBinding, sentByPage(scope, proven), scope.principal)
    if (scope.principal.needsFactor === true) throw new GatehouseError('second_factor_required')
  }
  const decision = passReportedRow(decide(context.table, scope.principal, scope.request), (row) =>
    context.mayPass('owner-routes', { ...scope, address: scope.clientAddress, target: row.key, requestId: scope.id }),
  )
  scope.route = decision.row?.key
  if (decision.kind === 'allow') {
    if (proven.kind === 'identity' && isAtDesk(proven) && changesServer(decision.row)) {
      refuseOldProof(context, scope, proven.identity)
    }
    const isByCookie = proven.kind === 'identity' && (proven.session !== undefined || proven.isAmbient === true)
    if (isByCookie && decision.isolation.verb === 'shared') refuseForeignUse(scope, isForOwners(decision.row))
    context.watch.allowed(scope, decision.row.resource)
    return decision
  }
  scope.reason = decision.reason
  if (decision.reason === 'not_signed_in') throw new GatehouseError('unauthenticated')
  if (decision.reason === 'permission_missing') throw new GatehouseError('forbidden')
  return decision
}

/** What runs code on the server. */
function isForOwners({ isolation }: Row): boolean {
  return isolation.verb === 'operator' && isolation.may.startsWith('manager:')
}

function changesServer({ isolation }: Row): boolean {
  return isolation.verb === 'operator' && isolation.may.startsWith('manager:') && isolation.may !== 'manager:read'
}

/** A person in a browser, or behind a gateway; what holds a key is asked for no fresh proof. */
function isAtDesk({ session, isAmbient, identity: { method } }: Proven): boolean {
  return session !== undefined || method === 'trusted-header' || (method === 'jwt' && isAmbient === true)
}

/** What changes the server is not for a desk that somebody walked away from; what only tells is. */
function refuseOldProof({ clock }: JudgeContext, { route }: RequestScope, identity: Identity): void {
  if (!isFreshProof(identity, clock())) throw new GatehouseError('proof_too_old', { detail: route ?? '' })
}

function sentByPage({ pageReference: page, headers }: RequestScope, { session }: Proven): SentByPage {
  return { page, csrf: headers.get(csrfHeader.toLowerCase()), session: session?.hash }
}
