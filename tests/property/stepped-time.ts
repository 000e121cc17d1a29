/**
 * When is the sidecar still, and when does its time pass? Only when a story says so: what it does later waits for
 * `step`, so that the frames of a socket do not depend on how fast this machine is. Replaces the ledger's clock and
 * watches the hub's serials; the tests put both in place with `vi.mock`.
 */
import type { Serial } from '../../sidecar/src/hub/serial.ts'
import type { Clock } from '../../sidecar/src/ledger/ports.ts'

/** What waits longer is a heartbeat or a patience, which no story outlasts. */
const soonMs = 1_000

interface Task {
  readonly delayMs: number
  readonly run: () => void
}

const tasks = new Set<Task>()
const serials = new Set<Serial>()
let lastMs = 0
let addedCount = 0

export const steppedClock: Clock = {
  // Never twice the same: lists that are sorted by time have one order.
  nowMs: () => {
    lastMs = Math.max(lastMs + 1, Date.now())
    return lastMs
  },
  after: (delayMs, run) => {
    const task = { delayMs, run }
    tasks.add(task)
    return () => {
      tasks.delete(task)
    }
  },
}

export function watchedSerial(serial: Serial): Serial {
  serials.add(serial)
  return {
    ...serial,
    add: (task) => {
      addedCount += 1
      serial.add(task)
    },
  }
}

/** Lets pass what waits for a second or less; false when nothing did. */
export function step(): boolean {
  const due = [...tasks].filter(({ delayMs }) => delayMs <= soonMs)
  for (const task of due) {
    tasks.delete(task)
    task.run()
  }
  return due.length > 0
}

/** How many frames and changes the hub was ever given. */
export function hubWork(): number {
  return addedCount
}

export async function hubIsIdle(): Promise<void> {
  for (const serial of serials) await serial.idle()
}

/** For the next world. */
export function forgetTime(): void {
  tasks.clear()
  serials.clear()
}
