/** How is the list of security events put together? The writer, and whoever else is told. */
import { hostname } from 'node:os'
import { createAudit, type RunningAudit } from '../audit/create-audit.ts'
import { createEventForwarder } from '../audit/forward-events.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { Events } from '../events.ts'
import { createSyslogReceiver } from '../proxy/syslog-receiver.ts'
import type { AuditStore } from '../store/audit-store.ts'
import { untilDone } from './until-done.ts'

export interface AuditParts {
  readonly store: AuditStore
  readonly live: LiveConfig
  readonly events: Events
}

export async function buildAudit({ store, live, events }: AuditParts): Promise<RunningAudit> {
  const source = { hostname: hostname(), processId: process.pid }
  const forwarder = createEventForwarder({ store, source, failed: events.auditNotForwarded })
  let address: string | undefined
  const follow = async (): Promise<void> => {
    const { syslog } = live.current().audit
    if (syslog === address) return
    // The earlier one is left in any case.
    address = undefined
    const receiver = syslog === undefined ? undefined : createSyslogReceiver(syslog)
    try {
      await forwarder.follow(receiver)
    } catch (error) {
      receiver?.close()
      throw error
    }
    address = syslog
  }
  await follow()
  const following = untilDone(follow, events.auditNotForwarded)
  const stopListening = live.onChange(following.run)
  const audit = createAudit({
    store,
    now: Date.now,
    limits: () => {
      const { keep: keepMs, keep_at_least: keepAtLeastMs, max_events: keepCount } = live.current().audit
      return { keepMs, keepAtLeastMs, keepCount }
    },
    recorded: events.audited,
    failed: events.auditFailed,
    written: forwarder.nudge,
  })
  return {
    ...audit,
    close: async () => {
      stopListening()
      following.stop()
      await audit.close()
      await forwarder.close()
    },
  }
}
