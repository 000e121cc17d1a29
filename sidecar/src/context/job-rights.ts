/** May a job go on? Asked when it is accepted, and again for those that wait or run whenever rights end. */
import { isDeepStrictEqual } from 'node:util'
import type { UserId } from '@gatehouse/shared/ids'
import type { RoleName } from '@gatehouse/shared/roles'
import type { LiveConfig } from '../config/live-config.ts'
import type { JudgeJob, MayStillRun, Stop } from '../ledger/ports.ts'
import { credentialName, everyLoginName, fixedKeyOf, isLoginName } from '../store/ended-credentials.ts'
import type { JobFacts } from '../store/job-store.ts'
import type { Store } from '../store/store.ts'

export interface JobRightsDependencies {
  readonly live: Pick<LiveConfig, 'current' | 'roles'>
  readonly users: Pick<Store['users'], 'findById'>
  readonly endedCredentials: Pick<Store['endedCredentials'], 'find'>
}

const sentences = {
  mayNot: 'The account that queued it may not run prompts any more.',
  mayLess: 'The account that queued it has a role by now that may do less.',
  ended: 'The login or key that queued it was ended.',
  oneFactor: 'The role of the account that queued it needs a second factor now, and none was proven.',
} as const

/** Whether prompts of this principal may be accepted, at this moment. */
export function createMayStillRun(dependencies: JobRightsDependencies): MayStillRun {
  const { live, users, endedCredentials } = dependencies
  return async ({ userId, identity, role: judgedAs }) => {
    const role = await roleThatRuns({ live, users }, userId)
    // It was judged by the rules of the role that the request was let in with.
    if (role === undefined || mayLess(live, { before: judgedAs, now: role })) return false
    if (identity.isByOneFactor === true && needsFactor(live, role)) return false
    const ended = await endedCredentials.find(credentialName(identity))
    return ended === undefined || ended.atMs < identity.provenAtMs
  }
}

/** `of`: whose jobs are asked about. */
export function createJudgeJob(dependencies: JobRightsDependencies, of: ReadonlySet<UserId> | 'everybody'): JudgeJob {
  const { live } = dependencies
  return async (job) => {
    if (of !== 'everybody' && !of.has(job.userId)) return undefined
    const role = await roleThatRuns(dependencies, job.userId)
    if (role === undefined) return { message: sentences.mayNot, sparesRunning: false }
    const ended = await endOf(dependencies, job)
    if (ended !== undefined) return ended
    if (mayLess(live, { before: job.queuedAs, now: role })) return { message: sentences.mayLess, sparesRunning: false }
    // Its person was sent away from nothing yet: they prove one, and queue again.
    if (job.isByOneFactor && needsFactor(live, role)) return { message: sentences.oneFactor, sparesRunning: true }
    return undefined
  }
}

/** Undefined for whoever may run no prompts, whatever credential they used. */
async function roleThatRuns(
  { live, users }: Pick<JobRightsDependencies, 'live' | 'users'>,
  userId: UserId,
): Promise<RoleName | undefined> {
  const member = await users.findById(userId)
  const mayRun = member?.state === 'active' && live.roles().permissionsOf(member.role).has('prompt:run')
  return mayRun ? member.role : undefined
}

async function endOf(
  { live, endedCredentials }: JobRightsDependencies,
  { queuedBy, userId, createdAtMs }: JobFacts,
): Promise<Stop | undefined> {
  if (queuedBy === undefined) return undefined
  const fixed = fixedKeyOf(queuedBy)
  // Taken out of the file while nobody looked.
  if (fixed !== undefined && !live.current().auth.static_keys.some(({ name }) => name === fixed)) {
    return { message: sentences.ended, sparesRunning: false }
  }
  const names = isLoginName(queuedBy) ? [queuedBy, everyLoginName(userId)] : [queuedBy]
  for (const name of names) {
    const ended = await endedCredentials.find(name)
    if (ended === undefined || ended.atMs < createdAtMs) continue
    return { message: sentences.ended, sparesRunning: ended.jobs === 'cancel_waiting' }
  }
  return undefined
}

/** Nodes and models of a role with other rules cannot be compared: whatever differs may be less. */
function mayLess(
  live: JobRightsDependencies['live'],
  { before, now }: { readonly before: RoleName | undefined; readonly now: RoleName },
): boolean {
  if (before === undefined || before === now) return false
  const roles = live.roles()
  if (!roles.permissionsOf(before).isSubsetOf(roles.permissionsOf(now))) return true
  const rulesOf = (role: RoleName) => {
    const { nodes, models } = live.current().roles[role] ?? {}
    return { nodes, models }
  }
  const rules = rulesOf(now)
  return (
    !isDeepStrictEqual(rules, { nodes: undefined, models: undefined }) && !isDeepStrictEqual(rules, rulesOf(before))
  )
}

function needsFactor(live: JobRightsDependencies['live'], role: RoleName): boolean {
  return live.current().roles[role]?.second_factor === 'required'
}
