/** Which frames only tell the position anew? Hidden figures aside, they repeat what the socket heard last. */
import { queueEvent } from '@gatehouse/shared/page-binding'
import type { Observation } from './run-history.ts'

const isPlace = (saw: string): boolean => saw.startsWith(`{"type":"${queueEvent}"`)

export function withoutPosition(observations: readonly Observation[]): readonly Observation[] {
  const last = new Map<string, string>()
  return observations.filter(({ when, saw }) => {
    if (!isPlace(saw)) return true
    const socket = when.slice(when.lastIndexOf(': '))
    const isNew = last.get(socket) !== saw
    last.set(socket, saw)
    return isNew
  })
}
