/** What ends when somebody may less, or what they proved themselves with ends? Sockets, impersonations, and jobs. */
import type { UserId } from '@gatehouse/shared/ids'
import type { Permission, RoleName, RoleTable } from '@gatehouse/shared/roles'
import type { LiveConfig } from '../config/live-config.ts'
import type { Hub } from '../hub/hub.ts'
import type { Ledger } from '../ledger/create-ledger.ts'
import type { Log } from '../log.ts'
import { fixedKeyName } from '../store/ended-credentials.ts'
import type { ChangeEvent, ChangeFeed, Store } from '../store/store.ts'
import { createJudgeJob } from './job-rights.ts'
import { untilDone } from './until-done.ts'

export interface RightsDependencies {
  readonly live: LiveConfig
  readonly feed: ChangeFeed
  readonly store: Pick<Store, 'users' | 'sessions' | 'endedCredentials'>
  readonly ledgers: readonly Pick<Ledger, 'stopJobs'>[]
  readonly hub: Pick<Hub, 'close'>
  readonly log: Pick<Log, 'warn'>
}

export interface FollowedRights {
  /** A fixed key proves nothing any more: what it queued until now is over, too. */
  ended(name: string): void
  stop(): void
}

/** Starts following. What needs ComfyUI or the store is tried again until it is done. */
export function followRights(dependencies: RightsDependencies): FollowedRights {
  const { feed, log } = dependencies
  // Side by side: a ComfyUI that does not answer keeps alive the jobs of no other.
  const stoppers = dependencies.ledgers.map((ledger) => createStopper(dependencies, ledger))
  const stopJobs = (of: UserId | 'everybody'): void => {
    for (const stopper of stoppers) stopper.stopJobs(of)
  }
  const impersonations = untilDone(
    () => endUnmeant(dependencies),
    (error) => log.warn({ err: error }, 'impersonations that are none any more could not be ended yet'),
  )
  const keys = createKeyEnds(dependencies, () => stopJobs('everybody'))
  const unsubscribe = feed.subscribe((event) => {
    const whose = whoseJobs(event)
    if (whose !== undefined) stopJobs(whose)
  })
  const stopListening = followRoles(dependencies, { stopJobs, endImpersonations: impersonations.run })
  // Somebody may have lost rights, or a credential, while nobody looked.
  stopJobs('everybody')
  impersonations.run()
  return {
    ended: (name) => {
      keys.ended(name)
      stopJobs('everybody')
    },
    stop: () => {
      for (const each of [...stoppers, impersonations, keys]) each.stop()
      unsubscribe()
      stopListening()
    },
  }
}

interface Stopper {
  readonly stopJobs: (of: UserId | 'everybody') => void
  readonly stop: () => void
}

function createStopper({ live, store, log }: RightsDependencies, ledger: Pick<Ledger, 'stopJobs'>): Stopper {
  const { users, endedCredentials } = store
  // A thousand sessions may end in one moment: their jobs are looked for once.
  let asked: ReadonlySet<UserId> | 'everybody' = new Set<UserId>()
  const trying = untilDone(
    async () => {
      const judge = createJudgeJob({ live, users, endedCredentials }, asked)
      asked = new Set()
      try {
        await ledger.stopJobs(judge)
      } catch (error) {
        asked = 'everybody'
        throw error
      }
    },
    (error) => log.warn({ err: error }, 'jobs that must not go on could not be stopped yet'),
  )
  return {
    stopJobs: (of) => {
      asked = of === 'everybody' || asked === 'everybody' ? 'everybody' : new Set([...asked, of])
      trying.run()
    },
    stop: trying.stop,
  }
}

interface KeyEnds extends Pick<FollowedRights, 'ended'> {
  readonly stop: () => void
}

/** Writes down which fixed keys prove nothing any more. */
function createKeyEnds({ store, log }: RightsDependencies, written: () => void): KeyEnds {
  const unwritten = new Set<string>()
  const trying = untilDone(
    async () => {
      for (const name of [...unwritten]) {
        // First: it may end once more while this end is being written.
        unwritten.delete(name)
        await store.endedCredentials.add(name).catch((error: unknown) => {
          unwritten.add(name)
          throw error
        })
      }
      // Once they are there: written at a later try, nothing else would look for their jobs.
      written()
    },
    (error) => log.warn({ err: error }, 'the end of a key could not be written down yet'),
  )
  return {
    ended: (name) => {
      // As the password of Basic it has its bare name.
      for (const one of [fixedKeyName(name), name]) unwritten.add(one)
      trying.run()
    },
    stop: trying.stop,
  }
}

interface Steps {
  readonly stopJobs: (of: UserId | 'everybody') => void
  readonly endImpersonations: () => void
}

/** What a changed configuration takes away. The result ends it. */
function followRoles({ live, hub }: RightsDependencies, { stopJobs, endImpersonations }: Steps): () => void {
  let roles = live.roles()
  let needing = rolesNeedingFactor(live)
  return live.onChange(() => {
    const needed = needing
    needing = rolesNeedingFactor(live)
    // Whoever proved one comes back at once.
    hub.close(({ role }) => needing.has(role) && !needed.has(role))
    const before = roles
    roles = live.roles()
    hub.close(({ role }) => lost(before, roles, role).length > 0)
    const mayNotRun = before.names.some((role) => lost(before, roles, role).includes('prompt:run'))
    if (mayNotRun || !needing.isSubsetOf(needed)) stopJobs('everybody')
    endImpersonations()
  })
}

/** Undefined where nobody's rights ended. */
function whoseJobs(event: ChangeEvent): UserId | 'everybody' | undefined {
  // Nobody knows what changed.
  if (event.kind === 'lost') return 'everybody'
  const { kind, userId } = event.change
  const isEnd = kind === 'user' || kind === 'session' || kind === 'api-key' || kind === 'password'
  return isEnd ? userId : undefined
}

/** Whoever may not act for others any more, or for somebody who may do more than they by now, does not. */
async function endUnmeant({ live, store: { sessions, users } }: RightsDependencies): Promise<void> {
  for (const { hash, userId, impersonatorId } of await sessions.list()) {
    if (impersonatorId === null) continue
    const [helper, member] = [await users.findById(impersonatorId), await users.findById(userId)]
    const held = helper?.state === 'active' ? live.roles().permissionsOf(helper.role) : noPermissions
    const theirs = member === undefined ? noPermissions : live.roles().permissionsOf(member.role)
    if (!held.has('admin:impersonate') || !theirs.isSubsetOf(held)) await sessions.revoke(hash)
  }
}

const noPermissions: ReadonlySet<Permission> = new Set()

function rolesNeedingFactor(live: LiveConfig): ReadonlySet<RoleName> {
  const { roles } = live.current()
  return new Set(live.roles().names.filter((role) => roles[role]?.second_factor === 'required'))
}

function lost(before: RoleTable, now: RoleTable, role: RoleName): readonly Permission[] {
  return [...before.permissionsOf(role).difference(now.permissionsOf(role))]
}
