/** Does the WebSocket of a program stay open while its session is renewed, and close when nobody holds a token any more? */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { endExpired } from '../../sidecar/src/context/revocation.ts'
import type { IssuedTokens } from '../../sidecar/src/identity/program-sessions.ts'
import { type OwnServer, startOwnServer } from './own-server.ts'

const minuteMs = 60_000

let server: OwnServer
/** Sessions of open sockets, as the hub knows them. */
let open: readonly string[] = []
beforeEach(async () => {
  server = await startOwnServer()
  open = []
  vi.useFakeTimers({ toFake: ['Date'], now: server.clock.nowMs })
})
afterEach(async () => {
  vi.useRealTimers()
  await server[Symbol.asyncDispose]()
})

/** Time passes, and the sidecar looks for what it has ended. */
async function passes(ms: number): Promise<void> {
  server.clock.nowMs += ms
  vi.setSystemTime(server.clock.nowMs)
  const close: Parameters<typeof endExpired>[1]['close'] = (isOver) => {
    open = open.filter((credentialId) => !isOver({ userId: anybody, credentialId, role: 'user', address: '192.0.2.1' }))
  }
  await endExpired(server.store, { close }, server.identity.sessionLookup.limits)
}
let anybody: IssuedTokens['session']['userId']

async function opens(): Promise<IssuedTokens> {
  const member = (await server.store.users.findByName('alice')) ?? (await server.addUser('alice', 'user'))
  anybody = member.id
  const tokens = await server.identity.programs.sessions.open({
    ...{ member, address: '192.0.2.1', userAgent: 'a program', factor: null },
    ...{ scopes: null, addresses: null, workflow: null },
  })
  open = [...open, tokens.session.hash]
  return tokens
}

it('stays open as long as its session is renewed, and closes once its last token has run out', async () => {
  let tokens = await opens()
  for (let round = 0; round < 3; round += 1) {
    await passes(14 * minuteMs)
    expect(open).toHaveLength(1)
    const refreshed = await server.identity.programs.sessions.refresh(tokens.refreshToken, '192.0.2.1')
    if (refreshed.kind !== 'issued') throw new Error('not renewed')
    tokens = refreshed.tokens
  }
  await passes(14 * minuteMs)
  expect(open).toHaveLength(1)
  await passes(minuteMs)
  expect(open).toEqual([])
})

it('closes alone: those of other sessions, and of browsers, stay', async () => {
  await opens()
  open = [...open, 'the session of a browser']
  await passes(10 * minuteMs)
  const { session } = await opens()
  await passes(5 * minuteMs)
  expect(open).toEqual(['the session of a browser', session.hash])
})
