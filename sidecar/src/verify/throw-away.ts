/** Who tries the walls? Two people of two tenants who exist for a minute, made and removed beside the running sidecar. */
import { randomBytes } from 'node:crypto'
import { mintApiKey } from '../identity/api-key.ts'
import type { Member, Store } from '../store/store.ts'
import type { Trials } from '../store/trial-store.ts'
import { createVisitor, type Visitor } from './visitor.ts'

export interface Pair extends AsyncDisposable {
  /** In every name that the first of them gives to anything. */
  readonly marker: string
  readonly owner: Visitor
  readonly other: Visitor
}

export interface PairDependencies {
  readonly store: Pick<Store, 'apiKeys'>
  readonly trials: Trials
  readonly address: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

const lifeMs = 10 * 60_000

/** Both are on the named worker, and removed when the pair is disposed of, whatever happened in between. */
export async function createPair({ store, trials, address, now }: PairDependencies, worker: string): Promise<Pair> {
  const marker = `verify-${randomBytes(6).toString('hex')}`
  const members: Member[] = []
  const dispose = async (): Promise<void> => {
    for (const member of members.splice(0)) await trials.remove(member.id)
  }
  const visitor = async (name: string): Promise<Visitor> => {
    const member = await trials.add({ name, worker })
    members.push(member)
    const { id, key, secretHash } = mintApiKey()
    const expiresAtMs = now() + lifeMs
    await store.apiKeys.add({ id, userId: member.id, label: 'gatehouse verify', secretHash, expiresAtMs })
    return createVisitor({ name, address, key, folderKey: member.tenant.folderKey })
  }
  try {
    return {
      marker,
      owner: await visitor(`${marker}-a`),
      other: await visitor(`${marker}-b`),
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}
