/** When are an issuer's keys fetched? Seldom enough to harm nobody, often enough to follow it, and what if it is down. */
import { beforeEach, describe, expect, it } from 'vitest'
import { keyPairs } from './forge.ts'
import { createRemoteKeys, type KeySet, type KeySource, keyTimes } from './key-source.ts'
import { createVerificationKey } from './verification-key.ts'

const keyNamed = (id: string) => createVerificationKey(keyPairs.rsa.publicKey, { id })

let nowMs: number
let fetches: number
let failures: number
let answer: () => Promise<KeySet>
let source: KeySource

const idsFor = async (id: string | undefined) => (await source.find(id, 'RS256')).map((key) => key.id)

beforeEach(() => {
  nowMs = 1_000_000
  fetches = 0
  failures = 0
  answer = async () => [keyNamed('one')]
  source = createRemoteKeys({
    load: () => {
      fetches += 1
      return answer()
    },
    now: () => nowMs,
    failed: () => {
      failures += 1
    },
  })
})

describe('the keys of an issuer', () => {
  it('are fetched once for all who ask at the same time', async () => {
    expect(source.current()).toBeUndefined()
    expect(await Promise.all([idsFor('one'), idsFor('one'), idsFor('two')])).toEqual([['one'], ['one'], []])
    expect(fetches).toBe(1)
    await idsFor('one')
    expect(fetches).toBe(1)
  })

  it('are fetched again for an unknown id, once in the cool-down, however many are invented', async () => {
    await idsFor('one')
    answer = async () => [keyNamed('one'), keyNamed('two')]
    expect(await idsFor('two')).toEqual([])
    nowMs += keyTimes.coolDown
    const inventions = Array.from({ length: 50 }, (_, index) => idsFor(`invented-${index}`))
    expect(await Promise.all([...inventions, idsFor('two')]).then((all) => all.at(-1))).toEqual(['two'])
    expect(fetches).toBe(2)
    for (let index = 0; index < 50; index += 1) await idsFor(`more-${index}`)
    expect(fetches).toBe(2)
    nowMs += keyTimes.coolDown
    await idsFor('still-unknown')
    expect(fetches).toBe(3)
  })

  it('that it takes back count no longer than the time after which they are stale', async () => {
    await idsFor('one')
    answer = async () => [keyNamed('two')]
    nowMs += keyTimes.stale
    expect(await idsFor('one')).toEqual([])
    expect(await idsFor('two')).toEqual(['two'])
    expect(fetches).toBe(2)
  })

  it('are fetched again in the background before they are stale, also when only proofs are remembered', async () => {
    await idsFor('one')
    const before = source.current()
    let arrived = () => {}
    const waiting = new Promise<void>((resolve) => {
      arrived = resolve
    })
    answer = async () => {
      await waiting
      return [keyNamed('two')]
    }
    nowMs += keyTimes.refresh
    expect(source.current()).toBe(before)
    expect(fetches).toBe(2)
    arrived()
    nowMs += keyTimes.stale - keyTimes.refresh
    expect(await idsFor('two')).toEqual(['two'])
    expect(source.current()).not.toBe(before)
    expect(fetches).toBe(2)
  })

  it('that are the same after another fetch are the same array, so that nothing is proven twice', async () => {
    await idsFor('one')
    const before = source.current()
    nowMs += keyTimes.stale
    await idsFor('one')
    expect(fetches).toBe(2)
    expect(source.current()).toBe(before)
  })

  it('count on while it is down, and not for ever', async () => {
    await idsFor('one')
    answer = () => Promise.reject(new Error('down'))
    nowMs += keyTimes.kept - 1
    expect(await idsFor('one')).toEqual(['one'])
    expect(failures).toBe(1)
    await idsFor('one')
    expect(failures).toBe(1)
    nowMs += 1
    await expect(idsFor('one')).rejects.toMatchObject({ code: 'issuer_down', status: 503 })
    expect(source.current()).toBeUndefined()
    answer = async () => [keyNamed('one')]
    nowMs += keyTimes.coolDown
    expect(await idsFor('one')).toEqual(['one'])
  })

  it('that were never had are refused as its own fault', async () => {
    answer = () => Promise.reject(new Error('down'))
    await expect(idsFor('one')).rejects.toMatchObject({ code: 'issuer_down' })
    await expect(idsFor('two')).rejects.toMatchObject({ code: 'issuer_down' })
    expect(fetches).toBe(1)
  })

  it('that are many under one id are not all tried', async () => {
    answer = async () => Array.from({ length: 5 }, () => keyNamed('one'))
    expect(await idsFor('one')).toEqual([])
    nowMs += keyTimes.coolDown
    answer = async () => [keyNamed('one'), keyNamed('one'), keyNamed('two')]
    expect(await idsFor('one')).toEqual(['one', 'one'])
    expect(await idsFor(undefined)).toHaveLength(3)
  })
})
