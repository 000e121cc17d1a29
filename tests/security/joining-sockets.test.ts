/**
 * Between the check of a credential and the first frame there is a moment in which a socket belongs to nobody's list:
 * who is revoked in that moment must not listen on for ever, and who opens a thousand sockets at once in that moment
 * must not get more than their share (A12, A34).
 */
import { afterEach, describe, expect, it } from 'vitest'
import { type HubWorld, startHubWorld } from '../ledger/hub-world.ts'
import { alice } from '../ledger/ledger-world.ts'
import { until } from '../support/person.ts'

let world: HubWorld | undefined
afterEach(() => world?.[Symbol.asyncDispose]())

/** A hub whose greetings wait until `release`. */
async function slowGreetings(maxSocketsPerUser: number) {
  const gate = Promise.withResolvers<void>()
  let waiting = 0
  world = await startHubWorld({
    maxSockets: () => maxSocketsPerUser,
    between: (ledger) => ({
      ...ledger,
      position: async (tenantId) => {
        waiting += 1
        await gate.promise
        return ledger.position(tenantId)
      },
    }),
  })
  return { world, release: gate.resolve, waiting: () => waiting }
}

describe('a socket that is not greeted yet', () => {
  it('ends with the credential behind it', async () => {
    const { world, release, waiting } = await slowGreetings(5)
    const joined = world.join(alice, 'tab')
    await until(async () => (waiting() > 0 ? true : undefined))
    world.hub.close(({ userId }) => userId === alice.userId)
    release()
    const listener = await joined
    expect(await listener.closed).toBe(4401)
    expect(listener.texts).toEqual([])
  })

  it('counts as one of its user already', async () => {
    const { world, release, waiting } = await slowGreetings(2)
    const joins = Array.from({ length: 6 }, (_, index) => world.join(alice, `tab-${index}`))
    await until(async () => (waiting() >= 2 && !world.hub.mayJoin(alice) ? true : undefined))
    release()
    const listeners = await Promise.all(joins)
    expect(listeners.filter((listener) => listener.texts.length > 0)).toHaveLength(2)
  })
})
