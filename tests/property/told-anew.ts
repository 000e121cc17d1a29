/** Which frames tell nothing but what the closed list hides? Those about the loader, and those that repeat the last. */
import { queueEvent } from '@gatehouse/shared/page-binding'
import type { Observation } from './run-history.ts'

const aboutLoader = /^\{"type":"executing","data":\{"node":"the-loader"/
const states = [`{"type":"${queueEvent}"`, '{"type":"progress_state"'] as const
const noNode = /^\{"type":"progress_state","data":\{"prompt_id":"[^"]*","nodes":\{\}\}\}$/

/** A state is told whole every time: without what is hidden, telling it anew may tell nothing. */
export function withoutHidden(observations: readonly Observation[]): readonly Observation[] {
  const last = new Map<string, string>()
  return observations.filter(({ when, saw }) => {
    if (aboutLoader.test(saw) || noNode.test(saw)) return false
    const state = states.find((beginning) => saw.startsWith(beginning))
    if (state === undefined) return true
    const key = `${state} ${when.slice(when.lastIndexOf(': '))}`
    const isNew = last.get(key) !== saw
    last.set(key, saw)
    return isNew
  })
}
