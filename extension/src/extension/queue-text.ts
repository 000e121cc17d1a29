/** How is a place in the queue told in words? */
import type { QueuePosition } from '@gatehouse/shared/workflows-contract'

/** One sentence for the account panel. */
export function queueSentence({ pending, running, ahead, startsInSeconds }: QueuePosition): string {
  if (pending === 0) return running === 0 ? 'No jobs in the queue.' : `${count(running, 'job')} running.`
  const start = running === 0 ? '' : `${count(running, 'job')} running, `
  const soon = startsInSeconds === null ? '' : `in about ${duration(startsInSeconds)}`
  return `${start}${count(pending, 'job')} waiting${ahead === null ? '' : place(ahead, soon)}.`
}

function place(ahead: number, soon: string): string {
  if (ahead === 0) return `; the first is next${soon === '' ? '' : `, ${soon}`}`
  return `; ${count(ahead, 'job')} before the first${soon === '' ? '' : `, which starts ${soon}`}`
}

/** At most a few characters beside the icon; null for none. */
export function queueBadge({ pending, ahead }: QueuePosition): string | null {
  if (pending === 0) return null
  const before = ahead ?? 0
  return before > 99 ? '99+' : String(before + 1)
}

function duration(seconds: number): string {
  if (seconds < 120) return count(seconds, 'second')
  if (seconds < 7_200) return count(Math.round(seconds / 60), 'minute')
  return count(Math.round(seconds / 3_600), 'hour')
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
