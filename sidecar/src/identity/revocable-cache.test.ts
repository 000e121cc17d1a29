/** Does the cache forget exactly what a change concerns, however it was filled before? */
import type { UserId } from '@gatehouse/shared/ids'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change, ChangeEvent, ChangeKind } from '../store/store.ts'
import { createRevocableCache, type RevocableCacheOptions } from './revocable-cache.ts'

interface Remembered {
  readonly person: number
  readonly credential: string
}

function parseUserId(text: string): UserId {
  return text as UserId
}

const userId = (person: number) => parseUserId(`person ${person}`)

function createWorld(options: Partial<RevocableCacheOptions<Remembered>> = {}) {
  const listeners: ((event: ChangeEvent) => void)[] = []
  const cache = createRevocableCache<Remembered>({
    feed: {
      subscribe: (listener) => {
        listeners.push(listener)
        return () => undefined
      },
    },
    ...{ max: 4, ttlMs: 60_000, userOf: ({ person }) => userId(person) },
    isAffected: ({ credential }, change) => change.kind !== 'session' || change.credentialId === credential,
    endsAll: ({ kind }) => kind === 'identity',
    ...options,
  })
  const tell = (event: ChangeEvent) => {
    for (const listener of listeners) listener(event)
  }
  const changed = (kind: ChangeKind, person: number, credentialId?: string) => {
    const change: Change = { seq: 1, kind, userId: userId(person), credentialId }
    tell({ kind: 'changed', change })
  }
  const remember = (key: string, value: Remembered) => cache.put(key, value, cache.mark())
  return { cache, changed, remember, lost: () => tell({ kind: 'lost' }) }
}

const keys = ['a', 'b', 'c', 'd', 'e', 'f']
const key = fc.constantFrom(...keys)
const person = fc.integer({ min: 0, max: 2 })
const step = fc.oneof(
  fc.record({ does: fc.constant('remember' as const), key, person, credential: fc.constantFrom('x', 'y') }),
  fc.record({ does: fc.constant('change' as const), kind: fc.constantFrom('user', 'session', 'added'), person }),
  fc.record({ does: fc.constant('delete' as const), key }),
)

describe('a cache of what the store said', () => {
  it('forgets after a change what it would have forgotten by looking at every value', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { cache, changed, remember } = createWorld()
        for (const one of steps) {
          if (one.does === 'remember') remember(one.key, { person: one.person, credential: one.credential })
          else if (one.does === 'delete') cache.delete(one.key)
          else {
            const before = keys.map((each) => cache.peek(each))
            changed(one.kind, one.person, 'x')
            const wanted = before.map((value) => {
              const isMeant = value?.person === one.person && (one.kind !== 'session' || value.credential === 'x')
              return isMeant ? undefined : value
            })
            expect(keys.map((each) => cache.peek(each))).toEqual(wanted)
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['a change that ends all', ({ changed }: ReturnType<typeof createWorld>) => changed('identity', 2)],
    ['the news that the store could not be read', ({ lost }: ReturnType<typeof createWorld>) => lost()],
  ])('forgets everything after %s', (_, happens) => {
    const world = createWorld()
    world.remember('a', { person: 0, credential: 'x' })
    world.remember('b', { person: 1, credential: 'y' })
    happens(world)
    expect(keys.filter((each) => world.cache.peek(each) !== undefined)).toEqual([])
    world.remember('a', { person: 0, credential: 'x' })
    world.changed('user', 0)
    expect(world.cache.peek('a')).toBeUndefined()
  })

  it('does not remember what was read before a change, whoever that was about', () => {
    const { cache, changed } = createWorld()
    const mark = cache.mark()
    changed('user', 2)
    cache.put('a', { person: 0, credential: 'x' }, mark)
    expect(cache.peek('a')).toBeUndefined()
  })

  it('looks at nobody else when one person changes', () => {
    const looked: number[] = []
    const { changed, remember } = createWorld({
      max: 100,
      isAffected: ({ person }) => {
        looked.push(person)
        return true
      },
    })
    for (let index = 0; index < 50; index += 1) remember(`${index}`, { person: index % 5, credential: 'x' })
    changed('user', 3)
    expect(looked).toEqual(Array.from({ length: 10 }, () => 3))
  })
})
