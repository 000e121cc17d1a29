/** When did an attacker gain nothing? Refusals, and equality with what never existed. */
import { expect } from 'vitest'
import type { Reply } from '../security/ask.ts'
import type { Actor } from './actor.ts'

/** Neither given nor done, and no failure of ours. */
export function refused({ status, body }: Pick<Reply, 'status' | 'body'>, what = ''): void {
  expect(status, `${what} ${body.slice(0, 200)}`).toBeGreaterThanOrEqual(400)
  expect(status, `${what} ${body.slice(0, 200)}`).toBeLessThan(500)
}

/** Not more than a stranger is told, or a polite nothing. */
export function told(reply: Reply, attacker: Actor, nothing: unknown): void {
  if (attacker.who === 'anonymous') refused(reply)
  else expect(JSON.parse(reply.body)).toEqual(nothing)
}

/** Sends the request about the victim's thing and about one that never was: the same bytes, but for the name itself. */
export async function cannotTell(
  send: (thing: string) => Promise<Reply>,
  thing: string,
  unheardOf: string,
): Promise<void> {
  const look = async (name: string): Promise<Reply> => {
    const reply = await send(name)
    // A refusal names the request, so that its line in the log is found.
    const body = reply.body.replaceAll(name, '<it>').replace(/"requestId":"[^"]*"|[0-9a-f-]{36}/g, '<request>')
    return { ...reply, headers: { ...reply.headers, 'x-request-id': '' }, body }
  }
  expect(await look(thing)).toEqual(await look(unheardOf))
}
