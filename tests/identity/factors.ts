/** How does a test give somebody a second factor, and prove it? As the account page does. */
import { codeAt } from '../support/one-time-code.ts'
import { parseRecord } from '../support/person.ts'
import { alicePassword, apiPath, cookieOf, field, type OwnServer, type Reply } from './own-server.ts'

export interface Enrolled {
  readonly key: string
  readonly recoveryCodes: readonly string[]
  /** Of the session that went on. */
  readonly cookie: string
  /** What the app shows now, after the clock went on to a code that nobody used. */
  nextCode(): string
}

export const stepMs = 30_000

/** Adds a key for codes over the session of this cookie. */
export async function enrol(server: OwnServer, cookie: string): Promise<Enrolled> {
  const shown = await server.ask('POST', `${apiPath}/factors/totp`, { body: {}, cookie })
  const key = String(field(shown, 'key'))
  const body = { code: codeAt(key, server.clock.nowMs), label: 'phone' }
  const added = await server.ask('POST', `${apiPath}/factors/totp/confirm`, { body, cookie })
  if (added.status !== 201) throw new Error(`not added: ${added.text}`)
  return {
    key,
    recoveryCodes: textsOf(field(added, 'recoveryCodes')),
    cookie: cookieOf(added),
    nextCode: () => {
      server.clock.nowMs += stepMs
      return codeAt(key, server.clock.nowMs)
    },
  }
}

export async function enrolByName(server: OwnServer, name: string): Promise<Enrolled> {
  return enrol(server, await server.logIn(name, alicePassword))
}

export function tryLogin(server: OwnServer, more: object = {}, address = '192.0.2.1'): Promise<Reply> {
  const body = { username: 'alice', password: alicePassword, ...more }
  return server.ask('POST', `${apiPath}/login`, { body, headers: { 'x-test-address': address } })
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** The kinds that a refusal names. */
export function factorsOf(reply: Reply): unknown {
  return parseRecord(field(reply, 'error')).factors
}
