import { once } from 'node:events'
import { Duplex } from 'node:stream'
import type { Principal } from '@gatehouse/shared/principal'
import { expect, it } from 'vitest'
import { type Backlog, createBacklog, type Reader } from './backlog.ts'

function parsePrincipal(user: string, tenant: string): Principal {
  return { userId: user, tenant: { id: tenant, label: tenant, folderKey: tenant } } as unknown as Principal
}

/** A socket that nobody reads until it `drains`. */
function stuck(backlog: Backlog, user: string, tenant: string, clientId = 'tab') {
  let isDropped = false
  const waiting: (() => void)[] = []
  const wire = new Duplex({ highWaterMark: 1, write: (_chunk, _encoding, done) => waiting.push(done) })
  const reader: Reader = {
    ...{ principal: parsePrincipal(user, tenant), clientId, wire },
    drop: () => {
      isDropped = true
      backlog.gone(reader)
    },
  }
  return {
    isDropped: () => isDropped,
    isTold: (bytes: number) => {
      wire.write(Buffer.alloc(bytes))
      backlog.written(reader)
    },
    drains: async () => {
      const drained = once(wire, 'drain')
      for (let done = waiting.shift(); done !== undefined; done = waiting.shift()) done()
      await drained
    },
  }
}

it('closes the slowest of the tenant that holds most, and nobody before the limit', () => {
  const backlog = createBacklog(() => 100)
  const birch = stuck(backlog, 'bob', 'birch')
  const [slowest, slow, quick] = ['a', 'b', 'c'].map((tab) => stuck(backlog, 'alice', 'acme', tab))
  birch.isTold(30)
  slowest?.isTold(20)
  slow?.isTold(25)
  quick?.isTold(25)
  expect([birch, slowest, slow, quick].map((one) => one?.isDropped())).toEqual([false, false, false, false])
  birch.isTold(1)
  expect([birch, slowest, slow, quick].map((one) => one?.isDropped())).toEqual([false, true, false, false])
})

it('counts what several tabs of one person hold in common once', () => {
  const backlog = createBacklog(() => 100)
  const tabs = Array.from({ length: 10 }, () => stuck(backlog, 'alice', 'acme'))
  for (let told = 0; told < 9; told += 1) for (const tab of tabs) tab.isTold(10)
  expect(tabs.some((tab) => tab.isDropped())).toBe(false)
  // Somebody else under the same client id is told other things. What ten hold is free when all ten are gone.
  const other = stuck(backlog, 'ann', 'acme')
  other.isTold(20)
  expect(tabs.every((tab) => tab.isDropped())).toBe(true)
  expect(other.isDropped()).toBe(false)
})

it('forgets who caught up, and obeys a limit that changes', async () => {
  let limit = 100
  const backlog = createBacklog(() => limit)
  const [first, second] = [stuck(backlog, 'alice', 'acme', 'a'), stuck(backlog, 'alice', 'acme', 'b')]
  first.isTold(90)
  await first.drains()
  second.isTold(90)
  expect([first.isDropped(), second.isDropped()]).toEqual([false, false])
  limit = 50
  second.isTold(1)
  expect([first.isDropped(), second.isDropped()]).toEqual([false, true])
  first.isTold(40)
  expect(first.isDropped()).toBe(false)
})
