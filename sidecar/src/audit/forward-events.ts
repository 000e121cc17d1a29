/** How does a receiver hear of every security event? From the store, in order, from where it was told last. */
import type { AuditStore } from '../store/audit-store.ts'
import { type SyslogSource, syslogLine } from './syslog-line.ts'

export interface EventReceiver {
  /** Where it is: how far it was told is kept under this. */
  readonly name: string
  /** Resolves when they were taken over. */
  send(lines: readonly string[]): Promise<void>
  close(): void
}

export interface ForwardDependencies {
  readonly store: AuditStore
  readonly source: SyslogSource
  /** Once for each time it stops working. */
  readonly failed: (error: unknown) => void
}

export interface EventForwarder {
  /** Begins, changes or ends; a receiver that was never told begins with what is recorded from now on. */
  follow(receiver: EventReceiver | undefined): Promise<void>
  /** There may be something new. */
  nudge(): void
  /** Tells what is there, if that works, and ends. */
  close(): Promise<void>
}

/** Other processes append to the same list, and a receiver that failed is tried again. */
const lookEveryMs = 1_000
/** Held in memory at once. */
const pageCount = 100

export function createEventForwarder({ store, source, failed }: ForwardDependencies): EventForwarder {
  let receiver: EventReceiver | undefined
  let position = 0
  let isFailing = false
  let telling: Promise<void> | undefined

  const tellAll = async (): Promise<void> => {
    for (;;) {
      const told = receiver
      if (told === undefined) return
      const rows = await store.page({ from: { after: position }, limit: pageCount })
      const last = rows.at(-1)
      if (last === undefined) return
      await told.send(rows.map((row) => syslogLine(row, source)))
      if (told !== receiver) return
      position = last.seq
      isFailing = false
      await store.setForwarded(told.name, position)
    }
  }
  const nudge = (): Promise<void> => {
    telling ??= tellAll()
      .catch((error: unknown) => {
        if (!isFailing) failed(error)
        isFailing = true
      })
      .finally(() => {
        telling = undefined
      })
    return telling
  }
  const timer = setInterval(() => void nudge(), lookEveryMs)
  timer.unref()
  return {
    follow: async (next) => {
      receiver?.close()
      receiver = undefined
      await telling
      if (next === undefined) return
      const known = await store.forwarded(next.name)
      position = known ?? (await store.checkpoint('head'))?.seq ?? 0
      if (known === undefined) await store.setForwarded(next.name, position)
      receiver = next
      isFailing = false
      void nudge()
    },
    nudge: () => void nudge(),
    close: async () => {
      clearInterval(timer)
      await telling
      await nudge()
      receiver?.close()
    },
  }
}
