/** Does a line prove nothing more once it is gone from the list, whatever was under way by then? */
import { expect, it } from 'vitest'
import { accountsSchema } from '../../config/auth/accounts-schema.ts'
import type { Member } from '../../store/store.ts'
import { createHtpasswdSource } from './htpasswd-source.ts'
import { type HtpasswdList, parseHtpasswd } from './parse-htpasswd.ts'

const line = `alice:$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n`

function parseMember(value: object): Member {
  return value as Member
}

it.each<[what: string, next: string, isStillMeant: boolean]>([
  ['stays', `# the same\n${line}`, true],
  ['gets another password', line.replace('$05$', '$06$'), false],
  ['goes', '# nobody\n', false],
])('a line that %s while its account is looked for', async (_what, next, isStillMeant) => {
  let list: HtpasswdList = parseHtpasswd(line)
  const source = createHtpasswdSource({
    current: () => list,
    rules: () => accountsSchema.parse({}),
    passwords: { verify: async () => ({ isRight: false, isOutdated: false }) },
    bcrypt: { verify: async () => true },
    resolveExternal: async () => {
      list = parseHtpasswd(next)
      return parseMember({ id: 'alice' })
    },
  })
  const proven = await source.prove({ account: 'alice', password: 'right' })
  expect(proven?.isStillMeant?.()).toBe(isStillMeant)
})
