/** How many of ComfyUI's connections may one tenant's downloads take? A part: the rest of them wait in line here. */
import type { Principal } from '@gatehouse/shared/principal'

/** Runs the task when the person, and their tenant, have a place. */
export type UpstreamShare = <T>(principal: Principal, task: () => Promise<T>) => Promise<T>

/**
 * A slow reader keeps a connection for as long as it reads (proxy/upstream.ts has 256): its owner's further downloads
 * wait for it, those of others and everybody's prompts do not.
 */
const perTenant = 64
const perPerson = 32

export function createUpstreamShare(): UpstreamShare {
  const persons = createPlaces(perPerson)
  const tenants = createPlaces(perTenant)
  return ({ userId, tenant }, task) => persons(userId, () => tenants(tenant.id, task))
}

interface Line {
  taken: number
  readonly waiting: (() => void)[]
}

/** So many tasks of one key at once, the others in the order in which they came. */
function createPlaces(count: number) {
  const lines = new Map<string, Line>()
  return async <T>(key: string, task: () => Promise<T>): Promise<T> => {
    const line = lines.get(key) ?? { taken: 0, waiting: [] }
    lines.set(key, line)
    // Who leaves hands the place over: it stays taken.
    if (line.taken >= count) await new Promise<void>((resolve) => line.waiting.push(resolve))
    else line.taken += 1
    try {
      return await task()
    } finally {
      const next = line.waiting.shift()
      if (next !== undefined) next()
      else line.taken -= 1
      if (line.taken === 0) lines.delete(key)
    }
  }
}
