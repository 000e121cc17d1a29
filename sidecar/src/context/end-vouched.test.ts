/** Does everything end that somebody vouched for, although the store cannot write it at first? */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { endVouched, type VouchedDependencies } from './end-vouched.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function parseStore(value: unknown): VouchedDependencies['store'] {
  return value as VouchedDependencies['store']
}

function parsePeople(names: readonly string[]): ReturnType<NonNullable<VouchedDependencies['takeGone']>> {
  return names as unknown as ReturnType<NonNullable<VouchedDependencies['takeGone']>>
}

it('sessions and remembered passwords end at whichever try, and each password once', async () => {
  let open = ['kept', 'gone']
  let people: readonly string[] = []
  let roomCount = Number.POSITIVE_INFINITY
  const [ended, failures]: [string[], unknown[]] = [[], []]
  const write = (): void => {
    if (roomCount === 0) throw new Error('the disk is full')
    roomCount -= 1
  }
  let isBelieved = true
  const ending = await endVouched({
    store: parseStore({
      sessions: {
        list: async () => open.map((hash) => ({ hash })),
        revoke: async (hash: string) => {
          write()
          open = open.filter((one) => one !== hash)
        },
      },
      users: {
        endForeignPassword: async (name: string) => {
          write()
          ended.push(name)
        },
      },
    }),
    gone: () => (isBelieved ? () => false : ({ hash }) => String(hash) === 'gone'),
    takeGone: () => {
      const told = people
      people = []
      return parsePeople(told)
    },
    failed: (error) => failures.push(error),
  })
  isBelieved = false
  people = ['anna', 'bert']
  roomCount = 0
  ending.run()
  await vi.advanceTimersByTimeAsync(0)
  expect([open, ended]).toEqual([['kept', 'gone'], []])
  roomCount = 2
  await vi.advanceTimersByTimeAsync(1_000)
  expect([open, ended]).toEqual([['kept'], ['anna']])
  roomCount = 1
  await vi.advanceTimersByTimeAsync(1_000)
  expect([ended, failures.length]).toEqual([['anna', 'bert'], 2])
  await vi.advanceTimersByTimeAsync(10_000)
  expect([ended, failures.length]).toEqual([['anna', 'bert'], 2])
  ending.stop()
})
