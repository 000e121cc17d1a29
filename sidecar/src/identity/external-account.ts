/** Who is somebody here, whom an issuer vouches for? By issuer and subject alone, never by a name or an address. */
import { createHash } from 'node:crypto'
import type { UserId } from '@gatehouse/shared/ids'
import { parseRole, type RoleName } from '@gatehouse/shared/roles'
import type { Audit } from '../audit/audit.ts'
import type { AccountRules } from '../config/auth/accounts-schema.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import type { ChangeFeed, IdentityKey, LinkedIdentities, Member, NewUser, Users } from '../store/store.ts'
import { createOneByOne } from './one-by-one.ts'
import { createRevocableCache } from './revocable-cache.ts'
import { canonicalUserName, plainName } from './user-name.ts'

/** What was proven of somebody elsewhere. */
export interface ExternalSubject {
  /** Name of the method in the configuration: a letter, then letters, digits and dashes. */
  readonly source: string
  readonly issuer: string
  readonly subject: string
  readonly userName: string
  /** What the issuer says the tenant is; undefined where it is not asked. */
  readonly tenant: string | undefined
  readonly groups: readonly string[]
}

/** The account, created at the first visit. @throws unauthenticated */
export type ResolveExternal = (subject: ExternalSubject, rules: AccountRules) => Promise<Member>

export interface ExternalAccountDependencies {
  readonly users: Users
  readonly linkedIdentities: LinkedIdentities
  readonly feed: ChangeFeed
  /** Whether the configuration says already who is called so here. Left out: of nobody. */
  readonly isGivenName?: (name: string) => boolean
  /** Accounts that issuers make and change are told of. */
  readonly audit?: Pick<Audit, 'record'>
}

/** Characters; an issuer's identifiers are shorter (OpenID Connect Core 2: a subject has 255 at most). */
const identifierLimit = 512

export function createResolveExternal(dependencies: ExternalAccountDependencies): ResolveExternal {
  const { users, feed, audit } = dependencies
  const members = createRevocableCache<Member>({
    feed,
    max: 2_000,
    ttlMs: 60_000,
    userOf: ({ id }) => id,
    // An identity that is linked elsewhere may be remembered as somebody else's, whom it shared a name with.
    endsAll: ({ kind }) => kind === 'identity',
  })
  // A whole studio comes in at nine o'clock, on the first day.
  const firstVisits = createOneByOne()
  return async (subject, rules) => {
    const judged = judge(subject, rules)
    const cacheKey = JSON.stringify([judged.key, judged.userName, rules.names])
    const member = await members.get(cacheKey, () => find(dependencies, judged, rules))
    const account = member ?? (await firstVisits(() => provision(dependencies, judged, rules)))
    if (!judged.isRoleMapped || account.role === judged.role || account.state !== 'active') return account
    const changed = await changeRole(users, account, judged.role)
    const { name: target, role } = changed
    if (role !== account.role) audit?.record({ kind: 'user.changed', target, method: judged.source, detail: { role } })
    return changed
  }
}

/** What the identity is kept under, whoever's it is. @throws unauthenticated */
export function identityKeyOf(subject: ExternalSubject, rules: AccountRules): IdentityKey {
  return judge(subject, rules).key
}

interface Judged {
  readonly key: IdentityKey
  readonly source: string
  readonly userName: string
  /** Canonical name of the tenant in the store; undefined: one of their own. */
  readonly tenantName: string | undefined
  readonly role: RoleName
  readonly isRoleMapped: boolean
}

function judge(subject: ExternalSubject, rules: AccountRules): Judged {
  for (const text of [subject.issuer, subject.subject]) {
    if (text === '' || text.length > identifierLimit) throw refused('an issuer or subject without a usable name')
  }
  const userName = canonicalUserName(subject.userName)
  if (userName === undefined) throw refused('the user name of an issuer cannot be a name here')
  const plain = plainName(subject.userName)
  if (rules.names === 'shared' && plain !== userName) throw refused('the name only reads as one of here once folded')
  const named = mappedTenant(plain, subject.groups, rules) ?? subject.tenant
  const tenant = named === undefined ? undefined : canonicalUserName(named)
  if (named !== undefined && tenant === undefined) throw refused('the tenant of an issuer cannot be a name here')
  const { role, isMapped } = mappedRole(subject.groups, rules)
  // No canonical name holds a slash, so no name of one source is ever that of another, or of a local tenant.
  const tenantName = tenant === undefined || rules.names === 'shared' ? tenant : `${subject.source}/${tenant}`
  const key = { issuer: subject.issuer, subject: subject.subject, tenantName: tenantName ?? '' }
  return { key, source: subject.source, userName, tenantName, role, isRoleMapped: isMapped }
}

function mappedTenant(plain: string, groups: readonly string[], { tenants }: AccountRules): string | undefined {
  const entries = Object.entries(tenants)
  const own = entries.find(([who]) => plainName(who) === plain)
  return (own ?? entries.find(([who]) => who.startsWith('@') && groups.includes(who.slice(1))))?.[1]
}

function mappedRole(groups: readonly string[], rules: AccountRules): { role: RoleName; isMapped: boolean } {
  const mapped = Object.entries(rules.roles)
  const name = mapped.find(([group]) => groups.includes(group))?.[1] ?? rules.role
  if (name === undefined && mapped.length > 0) throw refused('no group of the person has a role here')
  const role = parseRole(name ?? 'user')
  if (role === undefined) throw refused('the mapped role does not exist')
  return { role, isMapped: mapped.length > 0 }
}

async function find(
  { users, linkedIdentities }: ExternalAccountDependencies,
  { key, userName }: Judged,
  rules: AccountRules,
): Promise<Member | undefined> {
  const userId = await linkedIdentities.find(key)
  if (userId !== undefined) return users.findById(userId)
  return rules.names === 'shared' ? users.findByName(userName) : undefined
}

async function provision(
  { linkedIdentities, users, audit, isGivenName }: ExternalAccountDependencies,
  judged: Judged,
  rules: AccountRules,
): Promise<Member> {
  if (!rules.provision) throw refused('no account is linked to this identity')
  for (const name of candidateNames(judged, rules, isGivenName)) {
    const { role, tenantName } = judged
    const user: NewUser = { name, role, passwordHash: null, tenantName, ownTenant: 'unnamed' }
    try {
      const member = await linkedIdentities.provision(judged.key, user)
      const detail = { role: member.role, issuer: judged.key.issuer, subject: judged.key.subject }
      audit?.record({ kind: 'user.created', target: member.name, method: judged.source, detail })
      return member
    } catch (error) {
      if (!(error instanceof GatehouseError)) throw error
      if (error.code === 'identity_taken') return requireMember(users, await linkedIdentities.find(judged.key))
      if (error.code !== 'name_taken') throw error
    }
  }
  throw refused('every name for the new account is taken')
}

/** A name that a local account has, or will have, is never joined: the newcomer gets another one. */
function candidateNames(
  { userName, source, key }: Judged,
  { names }: AccountRules,
  isGivenName: (name: string) => boolean = () => false,
): readonly string[] {
  if (names === 'shared') return [userName]
  const digest = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 8)
  const own = isGivenName(userName) ? [] : [userName]
  return [...own, `${userName}@${source}`, `${userName}@${source}-${digest}`].flatMap(
    (name) => canonicalUserName(name) ?? [],
  )
}

async function requireMember(users: Users, userId: UserId | undefined): Promise<Member> {
  const member = userId === undefined ? undefined : await users.findById(userId)
  if (member === undefined) throw refused('the account is gone')
  return member
}

/** The last owner stays one, whatever the issuer says. */
async function changeRole(users: Users, member: Member, role: RoleName): Promise<Member> {
  try {
    await users.setRole(member.id, role)
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'last_owner') return member
    throw error
  }
  return requireMember(users, member.id)
}

function refused(detail: string): GatehouseError {
  return new GatehouseError('unauthenticated', { detail })
}
