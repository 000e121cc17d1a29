/** How is a place in the queue told in words? */
import type { QueuePosition } from '@gatehouse/shared/own-api-contract'

/** One sentence for the account panel. */
export function queueSentence({ pending, running, ahead }: QueuePosition): string {
  if (pending === 0) return running === 0 ? 'No jobs in the queue.' : `${count(running, 'job')} running.`
  const start = running === 0 ? '' : `${count(running, 'job')} running, `
  const place = ahead === null ? '' : ahead === 0 ? '; the first is next' : `; ${count(ahead, 'job')} before the first`
  return `${start}${count(pending, 'job')} waiting${place}.`
}

/** At most a few characters beside the icon; null for none. */
export function queueBadge({ pending, ahead }: QueuePosition): string | null {
  if (pending === 0) return null
  const before = ahead ?? 0
  return before > 99 ? '99+' : String(before + 1)
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
