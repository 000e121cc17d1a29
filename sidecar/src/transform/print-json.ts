/** How is a large value printed as JSON without keeping anybody waiting? Small parts at once, large ones member by member. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { Stages } from './in-turns.ts'

/** Values, and units of so many characters, that are printed in one step: less than a millisecond. */
const stepCount = 5_000
const charactersPerValue = 50

/** What JSON.stringify prints, with pauses. */
export function* printStages(value: Json): Stages<string> {
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value) || leftOf(value, stepCount) >= 0) {
    return JSON.stringify(value)
  }
  const parts: string[] = []
  if (Array.isArray(value)) {
    for (const entry of value) {
      parts.push(yield* printStages(entry))
      yield
    }
    return `[${parts.join(',')}]`
  }
  for (const [name, member] of Object.entries(value)) {
    parts.push(`${JSON.stringify(name)}:${yield* printStages(member)}`)
    yield
  }
  return `{${parts.join(',')}}`
}

/** What is left of `count` after a value was counted; below 0 as soon as it is used up. */
function leftOf(value: readonly Json[] | JsonObject, count: number): number {
  const members = Array.isArray(value) ? value : Object.values(value)
  let left = count - members.length
  for (let at = 0; at < members.length && left >= 0; at++) {
    const member = members[at]
    if (typeof member === 'string') left -= member.length / charactersPerValue
    else if (typeof member === 'object' && member !== null) left = leftOf(member, left)
  }
  return left
}
