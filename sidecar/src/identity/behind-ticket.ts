/** Does the credential behind a ticket still count? What the store ends takes its tickets along; the rest is asked here. */
import type { SessionHash } from '@gatehouse/shared/ids'
import type { ApiKeys } from '../store/api-keys.ts'
import type { TicketRecord } from '../store/tickets.ts'
import type { TokenSessions } from '../store/token-sessions.ts'
import type { AddressGate } from './address-lists.ts'
import { parseApiKeyId } from './api-key.ts'
import type { SessionLookup } from './session-lookup.ts'

export interface BehindTicketDependencies {
  readonly apiKeys: Pick<ApiKeys, 'find'>
  readonly sessionLookup: SessionLookup
  readonly tokenSessions: Pick<TokenSessions, 'find'>
  readonly addresses: Pick<AddressGate, 'admitCredential'>
  /** Whether the operator's fixed keys have been the same since then, and one of them has this name. */
  readonly isStaticKey: (name: string, sinceMs: number) => boolean
  /** Since when gateways, issuers, certificates and addresses have proven the same people as now. */
  readonly foreignSinceMs: () => number
  readonly now: () => number
}

type IsAlive = (ticket: TicketRecord, clientAddress: string) => Promise<boolean>

/** @throws address_refused */
export function createBehindTicket(dependencies: BehindTicketDependencies): IsAlive {
  const { sessionLookup, tokenSessions, addresses, isStaticKey } = dependencies
  const bySession: IsAlive = async ({ credentialId }, address) => {
    const hash = parseSessionHash(credentialId)
    if ((await sessionLookup.find(hash)) === undefined) return false
    const ranges = (await tokenSessions.find(hash))?.addresses ?? null
    if (ranges !== null) addresses.admitCredential(address, ranges, 'a ticket of a session')
    return true
  }
  const byStaticKey: IsAlive = async ({ credentialId, createdAtMs }) => isStaticKey(credentialId, createdAtMs)
  return async (ticket, address) => {
    switch (ticket.method) {
      case 'session':
      case 'session-token':
        return bySession(ticket, address)
      case 'api-key':
        return (await byApiKey(dependencies, ticket, address)) ?? false
      case 'static-key':
        return byStaticKey(ticket, address)
      case 'basic':
        // A new password takes the tickets of the old one along; where a key stood in its place, it is asked for.
        if (ticket.credentialId === `basic:${ticket.userId}`) return true
        return (await byApiKey(dependencies, ticket, address)) ?? byStaticKey(ticket, address)
      case 'ticket':
        return false
      default:
        // Nobody can ask a gateway, an issuer or a certificate behind a ticket: what may have changed since then, ends it.
        return ticket.createdAtMs > dependencies.foreignSinceMs()
    }
  }
}

/** Undefined where there is no such key. */
async function byApiKey(
  { apiKeys, addresses, now }: BehindTicketDependencies,
  { credentialId, userId }: TicketRecord,
  address: string,
): Promise<boolean | undefined> {
  const key = await apiKeys.find(parseApiKeyId(credentialId))
  if (key === undefined) return undefined
  if (key.userId !== userId || (key.expiresAtMs !== null && key.expiresAtMs <= now())) return false
  if (key.addresses !== null) addresses.admitCredential(address, key.addresses, `key ${key.id}`)
  return true
}

function parseSessionHash(text: string): SessionHash {
  return text as SessionHash
}
