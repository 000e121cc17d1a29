/** Which sessions of a person make room for another one? The oldest of those that were opened likewise. */
import type { SessionRecord } from '../store/store.ts'

/** Open sessions of one person that a key opened, and as many that they opened themselves: a script that only ever logs in fills nothing. */
const limitCount = 100

/**
 * `open`: the newest first. Attack: whoever found a key logs in with it, again and again, and so puts its owner out, who
 * could not take the key back any more.
 */
export function surplusSessions<Session extends Pick<SessionRecord, 'apiKeyId'>>(
  open: readonly Session[],
  isByKey: boolean,
): readonly Session[] {
  return open.filter(({ apiKeyId }) => (apiKeyId !== null) === isByKey).slice(limitCount - 1)
}
