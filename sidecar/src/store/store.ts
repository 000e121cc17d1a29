/** What does Gatehouse remember about people and their credentials? Interfaces by noun; `sql/` keeps them. */
import type { ApiKeyId, FolderKey, SessionHash, TenantId, UserId } from '@gatehouse/shared/ids'
import type { RoleName } from '@gatehouse/shared/roles'
import type { ApiKeys } from './api-keys.ts'
import type { AuditStore } from './audit-store.ts'
import type { DeviceLinks } from './device-links.ts'
import type { EndedCredentials, JobsAtEnd } from './ended-credentials.ts'
import type { Invitations } from './invitations.ts'
import type { PublishedWorkflows } from './published-workflows.ts'
import type { SecondFactors } from './second-factors.ts'
import type { Secrets } from './secrets.ts'
import type { Suspensions } from './suspensions.ts'
import type { Tickets } from './tickets.ts'
import type { TokenSessions } from './token-sessions.ts'

export interface Store {
  readonly users: Users
  readonly tenants: Tenants
  readonly sessions: Sessions
  readonly tokenSessions: TokenSessions
  readonly tickets: Tickets
  readonly apiKeys: ApiKeys
  readonly endedCredentials: EndedCredentials
  readonly linkedIdentities: LinkedIdentities
  readonly suspensions: Suspensions
  readonly secondFactors: SecondFactors
  readonly publishedWorkflows: PublishedWorkflows
  readonly invitations: Invitations
  readonly deviceLinks: DeviceLinks
  readonly setup: Setup
  readonly secrets: Secrets
  readonly audit: AuditStore
  readonly changes: Changes
}

/** `pending`: registered, and waiting for an administrator. */
export type UserState = 'active' | 'disabled' | 'pending'
/** `service`: no human; it has keys and certificates, never a password or a session. */
export type UserKind = 'person' | 'service'

export interface UserRecord {
  readonly id: UserId
  /** Canonical (`identity/user-name.ts`). */
  readonly name: string
  readonly tenantId: TenantId
  readonly role: RoleName
  readonly state: UserState
  readonly kind: UserKind
  /** PHC string; null when the person has no password. */
  readonly passwordHash: string | null
  readonly createdAtMs: number
}

export interface TenantRecord {
  readonly id: TenantId
  readonly label: string
  readonly folderKey: FolderKey
}

/** A person inside their tenant. */
export interface Member extends UserRecord {
  readonly tenant: TenantRecord
}

export interface NewUser {
  readonly name: string
  readonly role: RoleName
  readonly passwordHash: string | null
  /** `active` when left out. */
  readonly state?: UserState
  /** `person` when left out. */
  readonly kind?: UserKind
  /** Canonical name of a tenant to join, created when missing; undefined: a tenant of their own. */
  readonly tenantName?: string | undefined
  /**
   * Whether a tenant of their own bears their name, so that others can join it: `named` when left out. `unnamed` for
   * whoever chose the name themselves: it may be what an administrator calls a tenant of others later.
   */
  readonly ownTenant?: 'named' | 'unnamed'
}

export type RegisterOutcome = 'waiting' | 'name taken' | 'too many wait'

export interface Users {
  findByName(name: string): Promise<Member | undefined>
  findById(id: UserId): Promise<Member | undefined>
  /** By name. */
  list(): Promise<readonly Member[]>
  /** @throws name_taken, tenant_taken */
  add(user: NewUser): Promise<Member>
  /** One who waits for approval. A name that is taken, or too many who wait: nothing happens. */
  register(user: Pick<NewUser, 'name' | 'role' | 'passwordHash'>, waitingCount: number): Promise<RegisterOutcome>
  /** Disabling ends every session. @throws last_owner */
  setState(id: UserId, state: UserState): Promise<void>
  /** Ends every session, so that new rights start with a new session id. @throws last_owner */
  setRole(id: UserId, role: RoleName): Promise<void>
  /** Ends every session but `keep`. @throws bad_credentials where the hash is not `from` any more */
  setPassword(
    id: UserId,
    passwordHash: string,
    options?: { readonly keep?: SessionHash | undefined; readonly from?: string | null },
  ): Promise<void>
  /** What a password kept elsewhere has proven is over: Basic, its sockets and tickets. Sessions name their issuer themselves. */
  endForeignPassword(id: UserId): Promise<void>
  /** Writes the same password under new parameters; ends nothing. Does nothing when the hash is no longer `from`. */
  rehashPassword(id: UserId, from: string, to: string): Promise<void>
  /** Takes sessions and keys along. @throws last_owner */
  remove(id: UserId): Promise<void>
}

export interface Tenants {
  findByName(name: string): Promise<TenantRecord | undefined>
  list(): Promise<readonly TenantRecord[]>
  /** Everybody inside. */
  members(id: TenantId): Promise<readonly UserRecord[]>
  /** Gives an unnamed tenant a name by which others can join it. False when it has one. @throws tenant_taken */
  giveName(id: TenantId, name: string): Promise<boolean>
}

/** How a session was opened. */
export type SignInMethod =
  | 'password'
  | 'api-key'
  | 'passkey'
  | 'oidc'
  | 'ldap'
  | 'trusted-header'
  | 'device-link'
  | 'invitation'
  | 'impersonation'

export type SecondFactorKind = 'totp' | 'passkey' | 'recovery-code' | 'issuer'

export interface SessionRecord {
  readonly hash: SessionHash
  /** Short public name, for lists and revocation. */
  readonly id: string
  readonly userId: UserId
  /** The first id of the log-in: a session goes on under another one after a further proof. */
  readonly login: string
  readonly createdAtMs: number
  readonly lastSeenAtMs: number
  /** The absolute limit. */
  readonly expiresAtMs: number
  readonly remember: boolean
  readonly address: string
  readonly userAgent: string
  /** The key it was opened with, whose end is its end; null after a password. */
  readonly apiKeyId: ApiKeyId | null
  readonly method: SignInMethod
  /** When the person last proved themselves: the log-in, or a later step-up. */
  readonly provenAtMs: number
  /** The second factor that was proven, too; null for none. */
  readonly factor: SecondFactorKind | null
  /** The provider that vouched, and what it calls its own session; null for none. */
  readonly issuer: string | null
  readonly issuerSession: string | null
  /** The administrator who acts in this person's place. */
  readonly impersonatorId: UserId | null
}

/** Without a `login` it is one of its own. */
export type NewSession = Omit<SessionRecord, 'id' | 'login'> & Partial<Pick<SessionRecord, 'login'>>

export interface Sessions {
  find(hash: SessionHash): Promise<SessionRecord | undefined>
  findById(id: string): Promise<SessionRecord | undefined>
  /** All of one person, or of everybody; newest first. */
  list(userId?: UserId): Promise<readonly SessionRecord[]>
  add(session: NewSession): Promise<void>
  touch(hash: SessionHash, lastSeenAtMs: number): Promise<void>
  /** `jobs`: what becomes of those that it queued; cancelled when left out. False when there was none. */
  revoke(hash: SessionHash, jobs?: JobsAtEnd): Promise<boolean>
  /** Ends what one issuer vouched for: one session of it, one person's, or both named. How many were ended. */
  revokeIssued(of: {
    readonly issuer: string
    readonly issuerSession?: string | undefined
    readonly userId?: UserId | undefined
  }): Promise<number>
  /** How many were ended. */
  revokeAll(userId: UserId, options?: { readonly keep?: SessionHash }): Promise<number>
  /** Ends sessions past either limit, so that their sockets close without anybody asking. Their jobs go on. */
  prune(limits: { readonly nowMs: number; readonly idleMs: number }): Promise<void>
}

/** Who somebody is at an issuer. */
export interface IdentityKey {
  readonly issuer: string
  readonly subject: string
  /** The tenant that the issuer named; empty where it names none. */
  readonly tenantName: string
}

export interface LinkedIdentity extends IdentityKey {
  readonly createdAtMs: number
}

export interface LinkedIdentities {
  find(key: IdentityKey): Promise<UserId | undefined>
  /** Everybody who is this subject, whatever tenant the issuer named. */
  findAll(of: Pick<IdentityKey, 'issuer' | 'subject'>): Promise<readonly UserId[]>
  /** Oldest first. */
  list(userId: UserId): Promise<readonly LinkedIdentity[]>
  /** The caller has seen both proofs. @throws identity_taken */
  link(key: IdentityKey, userId: UserId): Promise<void>
  /** Ends whatever the person is doing. False when there was none. @throws last_way_in for the last one of an account without a password */
  unlink(key: IdentityKey, userId: UserId): Promise<boolean>
  /** Creates the user with it, both or neither. @throws identity_taken, name_taken, tenant_taken */
  provision(key: IdentityKey, user: NewUser): Promise<Member>
}

export interface Setup {
  /** Whether no owner exists. */
  isNeeded(): Promise<boolean>
  /** Replaces the token that was printed before. */
  putTokenHash(tokenHash: string): Promise<void>
  /** Undefined when none is waiting. */
  findTokenHash(): Promise<string | undefined>
  /** Uses the token up and creates the owner, both or neither. @throws setup_done, bad_setup_token, name_taken */
  createOwner(tokenHash: string, owner: Omit<NewUser, 'role'>): Promise<Member>
}

/** `added`: a person who was not there before; `identity`: who somebody is at an issuer, by what only it knows, is another account's now; `user`: rights or existence of a person; `password`: only what hangs on the old one; `secret`: another secret of the instance signs; the others name one credential. */
export type ChangeKind = 'added' | 'user' | 'identity' | 'password' | 'session' | 'api-key' | 'secret'

export interface Change {
  readonly seq: number
  readonly kind: ChangeKind
  readonly userId: UserId
  /** Session hash, key id or purpose of a secret; undefined for the others. */
  readonly credentialId: string | undefined
}

export interface Changes {
  /** In order. */
  since(seq: number): Promise<readonly Change[]>
  lastSeq(): Promise<number>
  /** Hears changes of this process at once, before the write is answered; returns the way to stop. */
  subscribe(listener: (changes: readonly Change[]) => void): () => void
}

/** `lost`: the store could not be read, so whatever is remembered of it may be wrong. */
export type ChangeEvent = { readonly kind: 'changed'; readonly change: Change } | { readonly kind: 'lost' }

export interface ChangeFeed {
  /** Returns the way to stop listening. */
  subscribe(listener: (event: ChangeEvent) => void): () => void
}
