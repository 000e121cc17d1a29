/** How are sessions of programs and tickets put together? Built once, over what the other methods stand on. */
import type { ChangeFeed, Store } from '../store/store.ts'
import type { AddressGate } from './address-lists.ts'
import { createBehindTicket } from './behind-ticket.ts'
import { followSecret } from './live-secret.ts'
import type { TokenMethod } from './method.ts'
import { createProgramSessions, type ProgramSessions } from './program-sessions.ts'
import type { SessionLookup } from './session-lookup.ts'
import { createSessionTokens } from './session-token.ts'
import { createSessionTokenMethod } from './session-token-method.ts'
import { createTicketOffice, type TicketOffice } from './ticket.ts'

export interface Programs {
  readonly sessions: ProgramSessions
  readonly tickets: TicketOffice
  readonly methods: readonly TokenMethod[]
}

export interface ProgramsDependencies {
  readonly store: Pick<Store, 'apiKeys' | 'secrets' | 'sessions' | 'tickets' | 'tokenSessions'>
  readonly feed: ChangeFeed
  readonly instanceId: string
  readonly sessionLookup: SessionLookup
  readonly addresses: Pick<AddressGate, 'admitCredential'>
  readonly isStaticKey: (name: string, sinceMs: number) => boolean
  readonly foreignSinceMs: () => number
  readonly now: () => number
}

/** @throws store_unavailable */
export async function createPrograms(dependencies: ProgramsDependencies): Promise<Programs> {
  const { store, feed, instanceId, sessionLookup, addresses, now } = dependencies
  const secret = await followSecret({ secrets: store.secrets, feed, now }, 'session-token')
  const sessionTokens = createSessionTokens({ secret, instanceId, now })
  const isAlive = createBehindTicket({ ...dependencies, apiKeys: store.apiKeys, tokenSessions: store.tokenSessions })
  const tickets = createTicketOffice({ tickets: store.tickets, isAlive, now })
  const { sessions, tokenSessions } = store
  return {
    sessions: createProgramSessions({ sessions, tokenSessions, sessionLookup, sessionTokens, addresses, now }),
    tickets,
    methods: [createSessionTokenMethod({ sessionTokens, sessionLookup, addresses }), tickets.method],
  }
}
