/** Whom is a stranger taken for? The guest account, where one is configured; never anybody who administers anything. */
import type { Permission, RoleName } from '@gatehouse/shared/roles'
import { administers } from '../config/arrival-problems.ts'
import type { Config } from '../config/config.ts'
import type { Member, Users } from '../store/store.ts'
import { addressKey } from './address-key.ts'
import type { RequestMethod } from './method.ts'
import { canonicalUserName } from './user-name.ts'

const credentialPrefix = 'guest '

export interface GuestDependencies {
  readonly current: () => Config
  readonly users: Pick<Users, 'findByName'>
  /** Read at every request, so that a changed role holds at once. */
  readonly permissionsOf: (role: RoleName) => ReadonlySet<Permission>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export function createGuest(dependencies: GuestDependencies): RequestMethod {
  return {
    name: 'guest',
    prove: async ({ clientAddress }) => {
      const member = await findGuest(dependencies)
      if (member?.state !== 'active' || administers(dependencies.permissionsOf(member.role))) return undefined
      return {
        kind: 'identity',
        identity: {
          userId: member.id,
          method: 'guest',
          // All of them are one account; what each may use at once is counted by where they come from.
          credentialId: `${credentialPrefix}${addressKey(clientAddress)}`,
          provenAtMs: dependencies.now(),
        },
        // Nobody proved anything.
        proof: 'key',
        isAmbient: true,
      }
    },
  }
}

/** Whether such a credential is a guest's. */
export function isGuestCredential(credentialId: string): boolean {
  return credentialId.startsWith(credentialPrefix)
}

/** Why nobody can be taken for the account of `auth.guest`, in one sentence with its cure; undefined where all is well. */
export async function guestProblem(dependencies: Omit<GuestDependencies, 'now'>): Promise<string | undefined> {
  const member = await findGuest(dependencies)
  if (member === undefined || !administers(dependencies.permissionsOf(member.role))) return undefined
  return `auth.guest.user: ${member.name} is ${member.role} and may administer others; name an account that may not, e.g. one of gatehouse user add guest --role guest --service`
}

async function findGuest({
  current,
  users,
}: Pick<GuestDependencies, 'current' | 'users'>): Promise<Member | undefined> {
  const name = canonicalUserName(current().auth.guest?.user ?? '')
  return name === undefined ? undefined : users.findByName(name)
}
