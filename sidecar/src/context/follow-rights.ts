/** What ends when somebody may less? Sockets of roles that lost a permission, and jobs of whoever may run none any more. */
import type { UserId } from '@gatehouse/shared/ids'
import type { Permission, RoleName, RoleTable } from '@gatehouse/shared/roles'
import type { LiveConfig } from '../config/live-config.ts'
import type { Hub } from '../hub/hub.ts'
import type { Ledger } from '../ledger/create-ledger.ts'
import type { Log } from '../log.ts'
import type { ChangeFeed, Users } from '../store/store.ts'

export interface RightsDependencies {
  readonly live: LiveConfig
  readonly feed: ChangeFeed
  readonly users: Pick<Users, 'findById'>
  readonly ledgers: readonly Pick<Ledger, 'owners' | 'stopJobsOf'>[]
  readonly hub: Pick<Hub, 'close'>
  readonly log: Pick<Log, 'warn'>
}

/** Between two tries while the store or ComfyUI does not answer. */
const retryMs = 1_000
const sentence = 'The account that queued it may not run prompts any more.'

/** Starts following; the result ends it. What needs ComfyUI or the store is tried again until it is done. */
export function followRights(dependencies: RightsDependencies): () => void {
  const { live, feed, hub, log } = dependencies
  let roles = live.roles()
  let last = Promise.resolve()
  let retry: NodeJS.Timeout | undefined
  let isOver = false
  const stopJobs = (of: UserId | 'everybody'): void => {
    last = last
      .then(() => stopUnwanted(dependencies, of))
      .catch((error: unknown) => {
        if (isOver) return
        log.warn({ err: error }, 'jobs of somebody who may run none could not be stopped yet')
        clearTimeout(retry)
        retry = setTimeout(() => stopJobs('everybody'), retryMs).unref()
      })
  }
  const unsubscribe = feed.subscribe((event) => {
    // Disabled, removed, or of another role; or nobody knows what changed.
    if (event.kind === 'lost') stopJobs('everybody')
    else if (event.change.kind === 'user') stopJobs(event.change.userId)
  })
  let needing = rolesNeedingFactor(live)
  const stopListening = live.onChange(() => {
    const needed = needing
    needing = rolesNeedingFactor(live)
    // Whoever proved one comes back at once.
    hub.close(({ role }) => needing.has(role) && !needed.has(role))
    const before = roles
    roles = live.roles()
    hub.close(({ role }) => lost(before, roles, role).length > 0)
    if (before.names.some((role) => lost(before, roles, role).includes('prompt:run'))) stopJobs('everybody')
  })
  return () => {
    isOver = true
    clearTimeout(retry)
    unsubscribe()
    stopListening()
  }
}

function rolesNeedingFactor(live: LiveConfig): ReadonlySet<RoleName> {
  const { roles } = live.current()
  return new Set(live.roles().names.filter((role) => roles[role]?.second_factor === 'required'))
}

function lost(before: RoleTable, now: RoleTable, role: RoleName): readonly Permission[] {
  return [...before.permissionsOf(role).difference(now.permissionsOf(role))]
}

/** Whether somebody may run prompts, whatever credential they used. */
export function createMayRun({ live, users }: Pick<RightsDependencies, 'live' | 'users'>) {
  return async (userId: UserId): Promise<boolean> => {
    const member = await users.findById(userId)
    return member?.state === 'active' && live.roles().permissionsOf(member.role).has('prompt:run')
  }
}

async function stopUnwanted(dependencies: RightsDependencies, of: UserId | 'everybody'): Promise<void> {
  const mayRun = createMayRun(dependencies)
  for (const ledger of dependencies.ledgers) {
    const owners = of === 'everybody' ? await ledger.owners() : [of]
    for (const userId of owners) if (!(await mayRun(userId))) await ledger.stopJobsOf(userId, sentence)
  }
}
