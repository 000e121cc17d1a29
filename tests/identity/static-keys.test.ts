/** Can the fixed keys of the operator be guessed? No faster than passwords, and whoever guesses makes nobody else wait. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Configured, startConfigured } from '../support/configured.ts'
import { api, codeOf, peerAt } from './peer.ts'

const [used, other, likeOurs] = [
  'a Key-in-use 4711'.replaceAll(' ', '-'),
  'Another-Key-0815-x',
  'gh_Looks-like-ours-99',
]
let folder: string
let site: Configured
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-static-'))
  const entry = (name: string, key: string) => {
    writeFileSync(join(folder, name), key)
    return `    - { name: ${name}, user: alice, file: '${join(folder, name)}' }`
  }
  const entries = [entry('used', used), entry('other', other), entry('ours', likeOurs)]
  site = await startConfigured(`auth:\n  static_keys:\n${entries.join('\n')}\n`)
  await site.store.users.add({ name: 'alice', role: 'user', passwordHash: null, tenantName: 'acme' })
})
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const basic = (key: string) => ['Authorization', `Basic ${Buffer.from(`alice:${key}`).toString('base64')}`]
const carriers: readonly (readonly [string, (key: string) => readonly string[]])[] = [
  ['Bearer', (key) => ['Authorization', `Bearer ${key}`]],
  ['X-API-Key', (key) => ['X-API-Key', key]],
  ['the password of Basic', basic],
]
let addressCount = 1
const nextPeer = () => {
  addressCount += 1
  return peerAt(`127.0.7.${addressCount}`, site)
}
const ask = (peer: ReturnType<typeof nextPeer>, headers: readonly string[]) => peer.ask(`${api}/me`, { headers })

describe('whoever guesses fixed keys', () => {
  it.each(carriers)(
    'waits after fifty, whatever carries them, and cannot tell a right one meanwhile: %s',
    async (_name, carry) => {
      const peer = nextPeer()
      const answers: string[] = []
      for (let count = 0; count < 52; count += 1) {
        const reply = await ask(peer, carry(`Guessed-Key-number-${count}`))
        answers.push(`${reply.status} ${codeOf(reply)}`)
      }
      expect(answers.at(-1)).toBe('429 too_many_attempts')
      const [wrong, right] = [await ask(peer, carry('Guessed-Key-number-99')), await ask(peer, carry(other))]
      expect([right.status, codeOf(right)]).toEqual([wrong.status, codeOf(wrong)])
      expect([right.status, Number(right.headers['retry-after']) > 0]).toEqual([429, true])
      expect((await ask(nextPeer(), carry(other))).status).toBe(200)
    },
  )

  it('makes no key wait that is in use at the same address', async () => {
    const peer = nextPeer()
    const send = (key: string) => ask(peer, ['X-API-Key', key])
    expect((await send(used)).status).toBe(200)
    for (let count = 0; count < 55; count += 1) await send(`Guessed-Key-number-${count}`)
    expect([(await send(used)).status, (await send(other)).status]).toEqual([200, 429])
  })

  it('waits for those that look like another kind of key as well', async () => {
    const peer = nextPeer()
    const send = (key: string) => ask(peer, ['X-API-Key', key])
    for (let count = 0; count < 52; count += 1) await send(`gh_Guessed-key-${count}`)
    expect((await send(likeOurs)).status).toBe(429)
    expect((await ask(nextPeer(), ['X-API-Key', likeOurs])).status).toBe(200)
  })
})
