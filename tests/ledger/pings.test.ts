/** Does an open page keep its socket through a proxy that closes silent ones, and does a dead one cost nothing for long? */
import { once } from 'node:events'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../sidecar/src/ledger/ports.ts'
import { type HubWorld, startHubWorld } from './hub-world.ts'
import { alice, bob } from './ledger-world.ts'

/** As docs/install.md promises: proxies close what was silent for 30 s or more. */
const pingEveryMs = 25_000
let world: HubWorld
let beats: Set<() => void>

/** Time passes as it does, but for the heartbeat, which comes when the test says so. */
function clockWithBeats(): Clock {
  return {
    ...systemClock,
    after: (delayMs, run) => {
      if (delayMs !== pingEveryMs) return systemClock.after(delayMs, run)
      beats.add(run)
      return () => beats.delete(run)
    },
  }
}

function beat(): void {
  const due = [...beats]
  beats.clear()
  for (const run of due) run()
}

beforeEach(async () => {
  beats = new Set()
  world = await startHubWorld({ clock: clockWithBeats() })
})
afterEach(() => world[Symbol.asyncDispose]())

it('every socket is pinged every 25 seconds, and one that answers stays', async () => {
  const [first, second] = [await world.join(alice, 'tab-a'), await world.join(bob, 'tab-b')]
  for (let round = 0; round < 4; round += 1) {
    const pinged = Promise.all([first, second].map(({ socket }) => once(socket, 'ping')))
    beat()
    await pinged
    // The answer to a ping of its own comes behind the answer to the one it got.
    for (const { socket } of [first, second]) {
      socket.ping()
      await once(socket, 'pong')
    }
  }
  expect([first.socket.readyState, second.socket.readyState]).toEqual([first.socket.OPEN, second.socket.OPEN])
})

it('a socket that does not answer until the next ping is given up, alone', async () => {
  const [dead, other] = [await world.join(alice, 'tab-a'), await world.join(alice, 'tab-b')]
  dead.socket.pause()
  beat()
  other.socket.ping()
  await once(other.socket, 'pong')
  beat()
  dead.socket.resume()
  await dead.closed
  other.socket.ping()
  await once(other.socket, 'pong')
  expect(other.socket.readyState).toBe(other.socket.OPEN)
})
