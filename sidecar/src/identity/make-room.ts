/** Which sessions of a person make room for another one? The oldest of those that were opened likewise. */
import type { UserId } from '@gatehouse/shared/ids'
import type { Sessions } from '../store/store.ts'

/** Open sessions of one person that a key opened, and as many that they opened themselves: a script that only ever logs in fills nothing. */
const limitCount = 100

/**
 * Browsers and programs count together. Attack: whoever found a key logs in with it, again and again, and so puts its
 * owner out, who could not take the key back any more.
 */
export async function makeRoom(
  sessions: Pick<Sessions, 'list' | 'revoke'>,
  userId: UserId,
  isByKey: boolean,
): Promise<void> {
  const likewise = (await sessions.list(userId)).filter(({ apiKeyId }) => (apiKeyId !== null) === isByKey)
  // The newest come first.
  for (const { hash } of likewise.slice(limitCount - 1)) await sessions.revoke(hash, 'keep')
}
