/** Does a password still count that was changed while argon2id worked on it? */
import { expect, it } from 'vitest'
import type { Member, Sessions, Users } from '../store/store.ts'
import { createBackoff } from './backoff.ts'
import { createPasswordCheck } from './password-check.ts'

const parseUsers = (value: unknown): Users => value as Users
const parseSessions = (value: unknown): Sessions => value as Sessions
const parseMember = (value: unknown): Member => value as Member

interface Meanwhile {
  /** What becomes of alice between the look at the store and the end of the check. */
  readonly change: (alice: { passwordHash: string; state: string }) => void
  readonly isOutdated?: boolean
}

function outcome({ change, isOutdated = false }: Meanwhile): Promise<string> {
  const alice = { id: 'id-of-alice', name: 'alice', kind: 'person', state: 'active', passwordHash: 'old' }
  const check = createPasswordCheck({
    users: parseUsers({
      findByName: async () => parseMember({ ...alice }),
      findById: async () => parseMember({ ...alice }),
      rehashPassword: async (_id: string, from: string, to: string) => {
        if (alice.passwordHash === from) alice.passwordHash = to
      },
    }),
    sessions: parseSessions({ list: async () => [] }),
    passwords: {
      hash: async () => 'rehashed',
      verify: async (_password, hash) => {
        change(alice)
        return { isRight: hash !== 'new', isOutdated }
      },
    },
    backoff: createBackoff(),
    knownBrowser: { name: 'known', isSecure: false, mint: () => '', read: () => undefined },
    sources: [],
  })
  return check({ username: 'alice', password: 'x' }, '192.0.2.1').then(
    ({ name }) => name,
    (error: Error & { code?: string }) => error.code ?? error.message,
  )
}

it.each([false, true])('a right password proves its owner, also under new parameters: %s', async (isOutdated) => {
  expect(await outcome({ change: () => undefined, isOutdated })).toBe('alice')
})

it.each([false, true])(
  'a password that was changed meanwhile opens nothing any more (outdated: %s)',
  async (isOutdated) => {
    const change: Meanwhile['change'] = (alice) => {
      alice.passwordHash = 'new'
    }
    expect(await outcome({ change, isOutdated })).toBe('bad_credentials')
  },
)

it('a log-in at the same moment that wrote it under new parameters keeps nobody out', async () => {
  const change: Meanwhile['change'] = (alice) => {
    alice.passwordHash = 'rehashed by another'
  }
  expect(await outcome({ change })).toBe('alice')
})

it('whoever was disabled meanwhile is out', async () => {
  const change: Meanwhile['change'] = (alice) => {
    alice.state = 'disabled'
  }
  expect(await outcome({ change })).toBe('bad_credentials')
})
