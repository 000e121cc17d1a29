/** What do `/gatehouse/api/v1/...` requests and answers look like? Shapes only; both sides import them. */
import type { Permission, RoleName } from './roles.ts'

export const apiBase = '/gatehouse/api/v1'

/** `POST /login` (alias `POST /api/auth/login`): a name and a password, or an API key. */
export interface LoginRequest {
  readonly username?: string
  readonly password?: string
  /** Of an app, or a recovery code, where a second factor is asked for. */
  readonly code?: string
  /** In place of the code; with neither name nor password, in place of those as well. */
  readonly passkey?: object
  readonly apiKey?: string
  readonly remember?: boolean
}
/** Answer of login, set-up and `GET /me`. */
export interface Me {
  readonly user: string
  readonly role: RoleName
  readonly tenant: string
  readonly permissions: readonly Permission[]
  /** Opaque reference that binds a page to this person. */
  readonly page: string
  /** Who really sits there: an administrator who acts in this person's place (`POST /users/:name/impersonate`). */
  readonly impersonator?: string
  /** True where the role needs a second factor and none was proven: only `/factors`, `/elevate` and `/logout` answer then. */
  readonly needsFactor?: boolean
  /** Nobody signed in: a stranger who is taken for this account. */
  readonly guest?: true
  /** What becomes of unfinished jobs of this session when its person signs out; absent where they go on. */
  readonly jobsAtLogout?: 'cancel' | 'cancel_waiting'
  /** CSRF token of this session; absent when a credential other than the cookie was used. */
  readonly csrf?: string
}
/** `GET /factors`: the own second factors, and the recovery codes that are left. */
export interface FactorList {
  readonly factors: readonly FactorSummary[]
  readonly recoveryCodes: number
  /** Whether the role needs one. */
  readonly required: boolean
  /** Whether browsers make passkeys for this address. */
  readonly passkeys: boolean
}
/** `DELETE /factors/:id` removes one; `DELETE /users/:name/factors` all of somebody's, for `admin:users`. */
export interface FactorSummary {
  readonly id: string
  readonly kind: 'totp' | 'passkey'
  readonly label: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly lastUsedAt: string | null
}
/** `POST /factors/totp`: a key for an app. `POST /factors/totp/confirm` adds it, given its first code. */
export interface CodeKey {
  /** Base32. */
  readonly key: string
  /** What a QR code holds. */
  readonly uri: string
}
export interface ConfirmCodeRequest {
  readonly code: string
  readonly label?: string
}
/** Answer of `POST /factors/totp/confirm` and `POST /factors/passkey`. */
export interface FactorAdded {
  readonly factor: FactorSummary
  /** Shown once; empty where it was not the first factor. */
  readonly recoveryCodes: readonly string[]
  /** Of the session under its new id; absent when a credential other than the cookie was used. */
  readonly me?: Me
}
/** `POST /factors/recovery-codes`: ten new ones in place of all others, shown once. */
export interface RecoveryCodes {
  readonly recoveryCodes: readonly string[]
}
/** `POST /elevate`: who has a second factor proves that, who has none the password. Answers `Me`, of a session under a new id. */
export interface ElevateRequest {
  readonly password?: string
  /** Of an app, or a recovery code. */
  readonly code?: string
  /** What the browser gave for the options of `POST /passkey/options`. */
  readonly passkey?: object
}
/** `POST /passkey/options`: `login` for a passkey alone, `confirm` for one beside a password or a session. */
export interface PasskeyOptionsRequest {
  readonly purpose?: 'login' | 'confirm'
}
/** `POST /logout`, where somebody else vouched for the person: their session there ends at that address. Else 204. */
export interface LogoutAnswer {
  readonly next: string
}
/** `GET /login-options`: what the login page offers beside a password and a key; known to everybody. */
export interface LoginOptions {
  /** Whether anybody may ask for an account. */
  readonly registration: boolean
  /** Their buttons lead to `/gatehouse/api/v1/oidc/NAME/login?next=PATH`. */
  readonly providers: readonly { readonly name: string; readonly label: string }[]
}
/** `GET /identities`: a bare array, the oldest first. `DELETE /identities/:id` unlinks one, never the last way in. */
export interface LinkedIdentitySummary {
  readonly id: string
  /** Name in the configuration; null where it is in it no more, or is no provider of a browser login. */
  readonly provider: string | null
  readonly issuer: string
  readonly subject: string
  /** ISO 8601. */
  readonly linkedAt: string
}
/** `POST /identities`: begins to link one. */
export interface LinkRequest {
  readonly provider: string
}
/** Where the browser has to go now. */
export interface LinkAnswer {
  readonly next: string
}
/** `GET /setup`: whether the first owner is still missing. */
export interface SetupState {
  readonly needed: boolean
}
/** `POST /setup`: creates the owner; needs the one-time token from the console. */
export interface SetupRequest {
  readonly token: string
  readonly username: string
  readonly password: string
}
/** `POST /keys`. */
export interface CreateKeyRequest {
  readonly label?: string
  /** Whole days from now; absent: the key does not expire. */
  readonly expiresInDays?: number
  /** What it is limited to, of what its owner may do; absent: all of that. */
  readonly scopes?: readonly Permission[]
  /** Addresses and CIDR ranges it may come from, up to 20; absent: any. */
  readonly addresses?: readonly string[]
  /** The one published workflow it may run; absent: any graph. */
  readonly workflow?: string
}
/** `GET /keys`: a bare array. `?user=NAME` names somebody else, for `admin:users`. */
export interface ApiKeySummary {
  readonly id: string
  readonly label: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
  readonly lastUsedAddress: string | null
  /** Null where it is not limited. */
  readonly scopes: readonly Permission[] | null
  readonly addresses: readonly string[] | null
  readonly workflow: string | null
}
/** `POST /keys`: the only answer that ever holds the whole key. */
export interface ApiKeyCreated extends ApiKeySummary {
  readonly key: string
}
/** `POST /token`: a name and a password (with a code where a second factor is asked for), or an API key. */
export interface TokenRequest {
  readonly username?: string
  readonly password?: string
  readonly code?: string
  readonly apiKey?: string
  /** Permissions with blanks between them (RFC 6749 3.3); absent: what the credential may do. */
  readonly scope?: string
}
/** Answer of `POST /token` and `POST /token/refresh`, in the words of RFC 6749 5.1. */
export interface TokenAnswer {
  readonly access_token: string
  readonly token_type: 'Bearer'
  /** Seconds. */
  readonly expires_in: number
  /** Good once: the answer to it holds the next one. */
  readonly refresh_token: string
  /** Absent where the token is not limited. */
  readonly scope?: string
}
/** `POST /token/refresh`. */
export interface RefreshRequest {
  readonly refresh_token: string
}
/** `POST /token/revoke`: an access or a refresh token; 204 for every text (RFC 7009 2.2). */
export interface RevokeRequest {
  readonly token: string
}
/** `POST /tickets`. */
export type TicketRequest =
  | { readonly purpose: 'websocket' }
  /** `target`: path and query of one picture, `/view?...` or `/api/view?...`. */
  | { readonly purpose: 'view'; readonly target: string }
export interface TicketAnswer {
  readonly ticket: string
  /** ISO 8601, a minute away. */
  readonly expiresAt: string
  /** The address with the ticket in it, below the origin. */
  readonly url: string
}
/** `POST /leaked-keys`: a text in which keys may be. For scanners, without a log-in. */
export interface LeakedKeysRequest {
  readonly text: string
}
/** How many whole, valid keys were found in it; all of them are revoked. */
export interface LeakedKeysAnswer {
  readonly revoked: number
}
/** `GET /sessions`: a bare array. `?user=NAME` as for keys. `DELETE /sessions` ends all of them, this one too. */
export interface SessionSummary {
  readonly id: string
  readonly createdAt: string
  readonly lastSeenAt: string
  readonly expiresAt: string
  readonly current: boolean
  readonly userAgent: string
  /** From where it was opened. */
  readonly address: string
  /** How: password, api-key, oidc, impersonation and so on. */
  readonly method: string
  /** The administrator who opened it in this person's place. */
  readonly impersonator?: string
}
/** `POST /password`: the own one; ends every other session. Answers `Me`. */
export interface ChangePasswordRequest {
  readonly current: string
  readonly password: string
}
/** `GET /users`: a bare array, for `admin:users`. */
export interface UserSummary {
  readonly name: string
  readonly role: RoleName
  readonly tenant: string
  readonly state: 'active' | 'disabled' | 'pending'
  /** `service`: no human; it has keys and certificates, never a password or a session. */
  readonly kind: 'person' | 'service'
  readonly createdAt: string
}
/** `GET /roles`: a bare array of all there are, for whoever may ask for `GET /users`. */
export interface RoleSummary {
  readonly name: RoleName
  readonly permissions: readonly Permission[]
  /** Whether the caller may give it, and act on those who have it. */
  readonly mayGive: boolean
}
/** `POST /users`. */
export interface CreateUserRequest {
  readonly username: string
  readonly role: RoleName
  /** A tenant to join, created when missing; absent: one of their own. */
  readonly tenant?: string
  /** Absent: the user can be given keys, but cannot log in. */
  readonly password?: string
  /** `person` when absent; a service account never has a password, and stays one. */
  readonly kind?: 'person' | 'service'
}
/** `PATCH /users/:name`; `DELETE` of the same address removes the user. */
export interface ChangeUserRequest {
  readonly role?: RoleName
  readonly state?: 'active' | 'disabled'
  readonly password?: string
}
/** One security event; members that do not apply are left out. */
export interface AuditEvent {
  readonly number: number
  /** ISO 8601. */
  readonly at: string
  /** One of the kinds in docs/identity/audit.md. */
  readonly kind: string
  readonly actor?: { readonly id: string; readonly name: string }
  /** Who acted in the actor's place. */
  readonly impersonator?: { readonly id: string; readonly name?: string }
  readonly tenant?: { readonly id: string; readonly name?: string }
  readonly target?: string
  readonly address?: string
  /** How the actor was proven. */
  readonly method?: string
  readonly requestId?: string
  readonly detail?: Readonly<Record<string, string | number | boolean>>
}
/** `GET /audit`, newest first, for `admin:audit`; `kind`, `user`, `since`, `until`, `limit` up to 1000, and `before`: the `next` of the page before. */
export interface AuditPage {
  readonly events: readonly AuditEvent[]
  /** Null on the last page. */
  readonly next: number | null
}
/** `POST /workflows`, for `workflow:publish`; 4 MB at most. */
export interface PublishRequest {
  readonly name: string
  /** For every tenant, for `admin:workflows`. */
  readonly everybody?: boolean
  /** The graph in the API format. */
  readonly prompt: object
  /** The same as the page saves it, which is what pictures carry. */
  readonly workflow?: object
  /** Absent: texts, numbers and switches that name no file. */
  readonly open?: readonly OpenInput[]
}
/** An input whose value is free to choose, by the id of its node. */
export interface OpenInput {
  readonly node: string
  readonly input: string
}
/** `GET /workflows`: a bare array of those one may run. `DELETE /workflows/:name?everybody=true` takes one back. */
export interface PublishedSummary {
  readonly name: string
  readonly everybody: boolean
  readonly open: readonly OpenInput[]
  /** ISO 8601. */
  readonly createdAt: string
}
/** `GET /workflows/:name`. */
export interface PublishedWhole extends PublishedSummary {
  readonly prompt: object
  readonly workflow: object | null
}
/** Own place in the shared queue, as the socket tells it. */
export interface QueuePosition {
  readonly pending: number
  readonly running: number
  /** Jobs that run before the first own pending one; 0 when next, null when none is pending. */
  readonly ahead: number | null
  /** Until it is likely to start, in coarse steps; null when none is pending, or nobody knows yet how long jobs take. */
  readonly startsInSeconds: number | null
}
/** `GET /queue`: the same, with every own pending job in the order they will run. */
export interface QueuePlaces extends QueuePosition {
  readonly jobs: readonly {
    readonly id: string
    /** Anybody's jobs that run before it. */
    readonly ahead: number
    readonly startsInSeconds: number | null
  }[]
}
/** An own file on ComfyUI's disk, as `/view` names it. */
export interface OwnFileName {
  readonly root: 'input' | 'output'
  readonly subfolder: string
  readonly filename: string
}
export interface OwnFileSummary extends OwnFileName {
  readonly bytes: number
  /** ISO 8601. */
  readonly modifiedAt: string
}
/** `GET /files?root=input|output`, newest first; `limit` up to 1000, `after` is the `next` of the page before. */
export interface OwnFilePage {
  readonly files: readonly OwnFileSummary[]
  /** Null on the last page. */
  readonly next: string | null
}
/** `DELETE /files`: up to 100 at once. */
export interface DeleteFilesRequest {
  readonly files: readonly OwnFileName[]
}
/** One result for each file, in order. Somebody else's file is absent. */
export interface DeleteFilesResult {
  readonly files: readonly (OwnFileName & { readonly result: 'deleted' | 'absent' })[]
}
export interface DiskUsage {
  readonly files: number
  readonly bytes: number
}
/** `GET /usage`: what the own tenant keeps on ComfyUI's disk. */
export interface TenantUsage {
  readonly tenant: string
  readonly input: DiskUsage
  readonly output: DiskUsage
  /** Previews, until ComfyUI restarts; null where `files.temp_dir` is not named. */
  readonly temp: DiskUsage | null
}
export interface UnmeasuredUsage {
  readonly what: 'input' | 'output' | 'temp'
  /** As in `ApiError`. */
  readonly type: string
  readonly message: string
}
/** One tenant's, of which a part may be unknown: then it is null, and `unmeasured` says why. */
export interface MeasuredUsage {
  readonly tenant: string
  readonly input: DiskUsage | null
  readonly output: DiskUsage | null
  /** Null, too, where `files.temp_dir` is not named. */
  readonly temp: DiskUsage | null
  /** Empty when nothing failed. */
  readonly unmeasured: readonly UnmeasuredUsage[]
}
/** `GET /admin/usage`: every tenant's, for `admin:users`; also of those in which nobody is left. */
export type AllUsage = readonly MeasuredUsage[]
/** Error body of the own API. */
export interface ApiError {
  readonly error: {
    readonly type: string
    readonly message: string
    readonly details: string
    readonly requestId: string
    /** With `second_factor_needed`: the kinds that the person has, `totp` or `passkey`. */
    readonly factors?: readonly string[]
  }
}
