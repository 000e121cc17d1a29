/** What do the claims of a proven token say of a person here? Dotted paths to names, tenant, groups, role and scopes. */
import { type Permission, parsePermission } from '@gatehouse/shared/roles'
import type { ExternalSubject } from '../external-account.ts'
import { refusedToken } from './refused-token.ts'

export type JsonRecord = Readonly<Record<string, unknown>>

/** Names, outermost first. */
export type ClaimPath = readonly string[]

export interface ClaimPaths {
  readonly user: ClaimPath
  readonly subject: ClaimPath
  readonly tenant: ClaimPath | undefined
  readonly groups: ClaimPath | undefined
  readonly role: ClaimPath | undefined
}

export interface ClaimRules {
  /** Name of the issuer in the configuration. */
  readonly source: string
  readonly issuer: string
  readonly paths: ClaimPaths
  /** Whether the value of the role claim means a role here. */
  readonly isRole: (value: string) => boolean
}

/** Characters; whatever becomes of it here is shorter. */
const textLimit = 512
const groupLimitCount = 1_000

/** `org.id` to its names; `\.` is a dot of a name, `\\` a backslash. */
export function parseClaimPath(text: string): ClaimPath {
  const parts = text.match(/(?:[^.\\]|\\.)+/g) ?? []
  return parts.map((part) => part.replaceAll(/\\(.)/g, '$1'))
}

/** Undefined where a name is missing, or what holds it is no object. */
export function findClaim(payload: JsonRecord, path: ClaimPath): unknown {
  let value: unknown = payload
  for (const name of path) {
    // Own members only: `constructor` and `__proto__` are no claims.
    if (!isRecord(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

/** A claim that is configured and missing, or of another form, refuses. @throws unauthenticated */
export function subjectOf(payload: JsonRecord, { source, issuer, paths, isRole }: ClaimRules): ExternalSubject {
  const role = paths.role === undefined ? undefined : textOf(payload, paths.role)
  if (role !== undefined && !isRole(role)) throw refusedToken('the role it names is none here')
  return {
    source,
    issuer,
    subject: textOf(payload, paths.subject),
    userName: textOf(payload, paths.user),
    tenant: paths.tenant === undefined ? undefined : textOf(payload, paths.tenant),
    // The role comes first, so that it counts before any group.
    groups: [
      ...(role === undefined ? [] : [role]),
      ...(paths.groups === undefined ? [] : groupsOf(payload, paths.groups)),
    ],
  }
}

/**
 * What the token limits itself to: a text with spaces (RFC 8693 section 4.2) or a list. Names that are no permission,
 * such as `openid`, give nothing; undefined only where no claim is configured. @throws unauthenticated
 */
export function scopesOf(payload: JsonRecord, path: ClaimPath | undefined): ReadonlySet<Permission> | undefined {
  if (path === undefined) return undefined
  const value = findClaim(payload, path)
  const names: readonly unknown[] | undefined = typeof value === 'string' ? value.split(' ') : listOf(value)
  if (names === undefined) throw refused(path)
  const texts = names.filter((one) => typeof one === 'string')
  if (texts.length < names.length) throw refused(path)
  return new Set(texts.flatMap((name) => parsePermission(name) ?? []))
}

function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined
}

/** A text, or the id of a database as a whole number. */
function textOf(payload: JsonRecord, path: ClaimPath): string {
  const value = findClaim(payload, path)
  if (Number.isSafeInteger(value)) return String(value)
  if (typeof value !== 'string' || value === '' || value.length > textLimit) throw refused(path)
  return value
}

function groupsOf(payload: JsonRecord, path: ClaimPath): readonly string[] {
  const value = findClaim(payload, path)
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const groups = list.filter((one) => typeof one === 'string').filter((one) => one.length <= textLimit)
  if (groups.length < list.length || list.length > groupLimitCount) throw refused(path)
  return groups
}

function refused(path: ClaimPath): Error {
  return refusedToken(`the claim ${path.join('.')} is missing or malformed`)
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
