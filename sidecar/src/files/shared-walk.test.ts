import { expect, it } from 'vitest'
import { createSharedWalk } from './shared-walk.ts'

/** Walks that end when told to. */
function walker() {
  const share = createSharedWalk<number>()
  const begun: PromiseWithResolvers<number>[] = []
  const ask = (key = 'acme') =>
    share(key, () => {
      const walk = Promise.withResolvers<number>()
      begun.push(walk)
      return walk.promise
    })
  return { ask, begun }
}
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

it('walks once for all who ask while a walk is under way, and only after they asked', async () => {
  const { ask, begun } = walker()
  const first = ask()
  const later = Array.from({ length: 100 }, () => ask())
  expect(begun).toHaveLength(1)
  begun[0]?.resolve(1)
  expect(await first).toBe(1)
  await settle()
  expect(begun).toHaveLength(2)
  begun[1]?.resolve(2)
  expect(new Set(await Promise.all(later))).toEqual(new Set([2]))
})

it('begins anew when nobody walks, also after one that failed', async () => {
  const { ask, begun } = walker()
  const [first, second] = [ask(), ask()]
  begun[0]?.reject(new Error('gone'))
  await expect(first).rejects.toThrow('gone')
  await settle()
  begun[1]?.resolve(2)
  expect(await second).toBe(2)
  await settle()
  void ask()
  expect(begun).toHaveLength(3)
})

it('keeps nobody waiting for the folder of another', () => {
  const { ask, begun } = walker()
  void ask('acme')
  void ask('birch')
  expect(begun).toHaveLength(2)
})
