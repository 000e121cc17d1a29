/** In which order do the nodes of a prompt run? ComfyUI's ExecutionList: what is free, outputs first. */
import { isLink, type PythonDict } from '../python/values.ts'
import { inputsOf } from './output-cache.ts'

export interface ExecutionOrder {
  /** The next node that waits for nothing; undefined when all ran. */
  readonly next: () => string | undefined
  readonly complete: (nodeId: string) => void
}

export function createExecutionOrder(
  prompt: PythonDict,
  outputs: readonly string[],
  isCached: (nodeId: string) => boolean,
  isOutput: (nodeId: string) => boolean,
): ExecutionOrder {
  const pending = new Set<string>()
  const blockedBy = new Map<string, number>()
  const blocking = new Map<string, Set<string>>()
  const add = (first: string) => {
    const stack = [first]
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (pending.has(id)) continue
      pending.add(id)
      blockedBy.set(id, blockedBy.get(id) ?? 0)
      for (const value of inputsOf(prompt, id).values()) {
        if (!isLink(value) || isCached(value[0])) continue
        stack.push(value[0])
        const followers = blocking.get(value[0]) ?? new Set<string>()
        blocking.set(value[0], followers)
        if (!followers.has(id)) blockedBy.set(id, (blockedBy.get(id) ?? 0) + 1)
        followers.add(id)
      }
    }
  }
  for (const output of outputs) add(output)
  const blocks = (id: string) => [...(blocking.get(id) ?? [])]
  return {
    next: () => {
      const free = [...pending].filter((id) => blockedBy.get(id) === 0)
      return (
        free.find(isOutput) ??
        free.find((id) => blocks(id).some(isOutput)) ??
        free.find((id) => blocks(id).some((follower) => blocks(follower).some(isOutput))) ??
        free[0]
      )
    },
    complete: (nodeId) => {
      pending.delete(nodeId)
      for (const follower of blocks(nodeId)) blockedBy.set(follower, (blockedBy.get(follower) ?? 1) - 1)
    },
  }
}
