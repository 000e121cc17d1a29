/** What ends when whoever vouched for people is believed no more? The sessions that they opened, and passwords that are remembered. */
import type { UserId } from '@gatehouse/shared/ids'
import type { SessionRecord, Store } from '../store/store.ts'
import { type UntilDone, untilDone } from './until-done.ts'

export interface VouchedDependencies {
  readonly store: Pick<Store, 'sessions' | 'users'>
  /** Asked at each look: whether who vouched for a session does so no more. */
  readonly gone: () => (session: SessionRecord) => boolean
  /** Whose remembered passwords prove nothing any more; each is told once. */
  readonly takeGone?: (() => readonly UserId[]) | undefined
  readonly failed: (error: unknown) => void
}

/** Ends what ended while nobody looked, and then again whenever it is run. @throws store_unavailable */
export async function endVouched({ store, gone, takeGone, failed }: VouchedDependencies): Promise<UntilDone> {
  const { sessions, users } = store
  const people = new Set<UserId>()
  const endAll = async (): Promise<void> => {
    for (const userId of takeGone?.() ?? []) people.add(userId)
    const isGone = gone()
    for (const session of await sessions.list()) if (isGone(session)) await sessions.revoke(session.hash)
    for (const userId of people) {
      await users.endForeignPassword(userId)
      people.delete(userId)
    }
  }
  await endAll()
  return untilDone(endAll, failed)
}
