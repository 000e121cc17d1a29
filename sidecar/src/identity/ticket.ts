/** Whom does a ticket prove, and for what? One WebSocket, or one picture, for a minute, in place of a credential that cannot be sent. */
import type { Identity } from '@gatehouse/shared/principal'
import type { Permission } from '@gatehouse/shared/roles'
import { GatehouseError } from '../gatehouse-error.ts'
import { randomText } from '../store/random-id.ts'
import type { TicketPurpose, TicketRecord, Tickets } from '../store/tickets.ts'
import { sha256Hex } from './constant-time.ts'
import type { CredentialInput } from './credentials.ts'
import type { TokenMethod } from './method.ts'

/** Long enough for a page to use what its server fetched for it. */
export const ticketMs = 60_000

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const shape = /^ght_[A-Za-z0-9]{40}$/

/** Rows that a ticket for a picture opens, on both sides of `/api`. */
export const viewPaths: readonly string[] = ['/view', '/api/view']
const socketPaths: readonly string[] = ['/ws', '/api/ws']

/** A whole address as one text, whatever the order of its keys; what was signed off is what is asked for. */
export function ticketTarget(path: string, query: ReadonlyMap<string, string>): string {
  return JSON.stringify([path, ...[...query].sort(([one], [other]) => (one < other ? -1 : 1))])
}

export interface TicketOffice {
  /** The ticket; told once. @throws too_many_requests */
  issue(identity: Identity, purpose: TicketPurpose, target: string | null): Promise<string>
  readonly method: TokenMethod
}

export interface TicketOfficeDependencies {
  readonly tickets: Tickets
  /** Whether the credential behind a ticket still lets its owner in from this address. @throws address_refused */
  readonly isAlive: (behind: TicketRecord, clientAddress: string) => Promise<boolean>
  readonly now: () => number
}

export function createTicketOffice(dependencies: TicketOfficeDependencies): TicketOffice {
  const { tickets, now } = dependencies
  return {
    issue: async (identity, purpose, target) => {
      const text = `ght_${randomText(alphabet, 40)}`
      const nowMs = now()
      const endsAtMs = identity.expiresAtMs ?? null
      await tickets.add({
        ...{ hash: sha256Hex(text), purpose, target, createdAtMs: nowMs, endsAtMs },
        expiresAtMs: Math.min(nowMs + ticketMs, endsAtMs ?? Number.POSITIVE_INFINITY),
        ...{ userId: identity.userId, method: identity.method, credentialId: identity.credentialId },
        provenAtMs: identity.provenAtMs,
        impersonatorId: identity.impersonator ?? null,
        scopes: scopesOf(identity, purpose),
        workflow: identity.workflow ?? null,
      })
      return text
    },
    method: {
      name: 'ticket',
      claims: (text) => text.startsWith('ght_'),
      prove: async (text, request) => {
        const ticket = await redeem(dependencies, text, request)
        if (ticket === undefined)
          throw new GatehouseError('unauthenticated', { detail: 'no such ticket, or not for this' })
        return { kind: 'identity', proof: 'key', identity: identityOf(ticket) }
      },
    },
  }
}

async function redeem(
  { tickets, isAlive, now }: TicketOfficeDependencies,
  text: string,
  request: CredentialInput,
): Promise<TicketRecord | undefined> {
  const ticket = shape.test(text) ? await tickets.find(sha256Hex(text)) : undefined
  if (ticket === undefined || ticket.expiresAtMs <= now() || !fits(ticket, request)) return undefined
  if (ticket.purpose === 'websocket' && !(await tickets.use(ticket.hash))) return undefined
  return (await isAlive(ticket, request.clientAddress)) ? ticket : undefined
}

/** A ticket that was sent elsewhere, by a slip or on purpose, is left unused. */
function fits({ purpose, target }: TicketRecord, { isUpgrade, method, path, parameters }: CredentialInput): boolean {
  if (purpose === 'websocket') return isUpgrade && socketPaths.includes(path)
  return !isUpgrade && (method === 'GET' || method === 'HEAD') && ticketTarget(path, parameters) === target
}

/** A picture's ticket lets its holder see, and nothing else. */
function scopesOf({ scopes }: Identity, purpose: TicketPurpose): readonly Permission[] | null {
  const seeing = new Set<Permission>(['output:read'])
  if (purpose === 'view') return [...(scopes === undefined ? seeing : seeing.intersection(scopes))]
  return scopes === undefined ? null : [...scopes]
}

/** By the id of the credential behind it, so that whatever ends that closes the socket, too. */
function identityOf(ticket: TicketRecord): Identity {
  const { userId, credentialId, provenAtMs, scopes, workflow, endsAtMs, impersonatorId } = ticket
  return {
    ...{ userId, credentialId, provenAtMs, method: 'ticket' },
    ...(scopes === null ? {} : { scopes: new Set(scopes) }),
    ...(workflow === null ? {} : { workflow }),
    ...(endsAtMs === null ? {} : { expiresAtMs: endsAtMs }),
    ...(impersonatorId === null ? {} : { impersonator: impersonatorId }),
  }
}
