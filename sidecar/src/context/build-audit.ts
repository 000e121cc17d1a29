/** How is the list of security events put together? The writer, and whoever else is told. */
import { hostname } from 'node:os'
import { createAudit, type RunningAudit } from '../audit/create-audit.ts'
import { createEventForwarder } from '../audit/forward-events.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { Events } from '../events.ts'
import { createSyslogReceiver } from '../proxy/syslog-receiver.ts'
import type { AuditStore } from '../store/audit-store.ts'

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
    address = syslog
    await forwarder.follow(syslog === undefined ? undefined : createSyslogReceiver(syslog))
  }
  await follow()
  const stopFollowing = live.onChange(() => void follow().catch(events.auditNotForwarded))
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
      stopFollowing()
      await audit.close()
      await forwarder.close()
    },
  }
}
