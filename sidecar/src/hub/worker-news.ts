/** What do people hear when ComfyUI's worker fails? A sentence to those who have jobs, and another one when it works again. */
import type { TenantId } from '@gatehouse/shared/ids'
import { workerEvent } from '@gatehouse/shared/page-binding'
import type { LedgerForHub } from '../ledger/create-ledger.ts'
import type { Audience } from './audience.ts'
import type { Member } from './member.ts'
import type { Serial } from './serial.ts'
import type { WorkerState } from './worker-health.ts'

const kept = 'Your jobs are kept'

/** What the extension shows. */
const sentences: Readonly<Record<WorkerState, string>> = {
  up: 'Your jobs go on.',
  down: `ComfyUI does not run at the moment. ${kept}, and go on as soon as it is back.`,
  lost: `ComfyUI's worker has stopped. ${kept}, and go on once ComfyUI has been restarted.`,
  stuck: `A job blocks ComfyUI and cannot be stopped. ${kept}, and go on once it ends or ComfyUI has been restarted.`,
}

export interface WorkerNews {
  changed(state: WorkerState): void
  /** The tenant has queued something, or a socket of theirs was opened. */
  concerns(tenantId: TenantId): void
}

interface WorkerNewsDependencies {
  readonly ledger: Pick<LedgerForHub, 'active'>
  readonly audience: Audience
  readonly serial: Serial
}

export function createWorkerNews({ ledger, audience, serial }: WorkerNewsDependencies): WorkerNews {
  let current: WorkerState = 'up'
  /** Sockets that heard of the trouble, and shall hear of its end. */
  const worried = new Map<Member, WorkerState>()

  const send = (member: Member, state: WorkerState): void => {
    if (worried.get(member) === state) return
    member.send(workerEvent, { state, message: sentences[state] })
    worried.set(member, state)
  }
  const tell = async (): Promise<void> => {
    const listening = new Set(audience.all())
    for (const member of worried.keys()) if (!listening.has(member)) worried.delete(member)
    if (current === 'up') {
      for (const member of worried.keys()) send(member, current)
      worried.clear()
      return
    }
    const concerned = new Set((await ledger.active()).map((job) => job.tenantId))
    for (const member of listening) if (concerned.has(member.principal.tenant.id)) send(member, current)
  }
  return {
    changed: (state) => {
      current = state
      serial.add(tell)
    },
    concerns: (tenantId) => {
      if (current !== 'up' && audience.inTenant(tenantId).length > 0) serial.add(tell)
    },
  }
}
