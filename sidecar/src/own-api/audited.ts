/** What does the own API write down? Who did it, from where and how proven, in the same words everywhere. */
import type { Request } from 'express'
import { type AuditEntry, byPrincipal } from '../audit/audit.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import { canonicalUserName } from '../identity/user-name.ts'
import type { Caller } from './caller.ts'
import type { OwnApiContext } from './context.ts'

export type OwnEvent = Pick<AuditEntry, 'kind' | 'target' | 'detail'>

/** Writes down what the caller did. */
export function note(context: OwnApiContext, request: Request, caller: Caller, event: OwnEvent): void {
  context.audit.record({ ...event, ...byPrincipal(caller.principal), ...whence(context, request) })
}

/** The same of somebody who is not signed in, or not yet. */
export function noteStranger(
  context: OwnApiContext,
  request: Request,
  event: OwnEvent & Pick<AuditEntry, 'actor' | 'tenantId' | 'method' | 'impersonatorId'>,
): void {
  context.audit.record({ ...event, ...whence(context, request) })
}

export interface Attempt {
  readonly method: string
  /** As it was typed; absent where no name was. */
  readonly username?: string
}

/** Runs a check of credentials, and writes its refusal down. @throws what the check throws */
export async function watched<T>(
  context: OwnApiContext,
  request: Request,
  attempt: Attempt,
  check: () => Promise<T>,
): Promise<T> {
  try {
    return await check()
  } catch (error) {
    await noteRefusal(context, request, attempt, error)
    throw error
  }
}

async function noteRefusal(context: OwnApiContext, request: Request, attempt: Attempt, error: unknown): Promise<void> {
  if (!(error instanceof GatehouseError) || error.status >= 500) return
  const account = await knownName(context, attempt.username)
  noteStranger(context, request, {
    kind: 'login.refused',
    method: attempt.method,
    target: account,
    detail: {
      reason: error.code,
      ...(attempt.username !== undefined && account === undefined ? { account: 'unknown' } : {}),
      userAgent: request.get('user-agent') ?? '',
    },
  })
}

/** A name that nobody has is not written down: people type their password into the wrong field. */
async function knownName({ store }: OwnApiContext, username: string | undefined): Promise<string | undefined> {
  const name = username === undefined ? undefined : canonicalUserName(username)
  return name === undefined ? undefined : (await store.users.findByName(name))?.name
}

function whence(context: OwnApiContext, request: Request): Pick<AuditEntry, 'address' | 'requestId'> {
  return { address: context.clientAddress(request), requestId: context.requestId(request) }
}
