/** Which lines of a list are read, and which are refused with their cure, without a hash in any sentence? */
import { describe, expect, it } from 'vitest'
import { parseHtpasswd } from './parse-htpasswd.ts'

const bcryptTail = 'CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'
const argon = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'

describe('a list of passwords', () => {
  it('is read with comments, blank lines, either line end and names in any spelling', () => {
    const { entries, problems } = parseHtpasswd(
      `# studio\r\n\r\nAlice:$2y$05$${bcryptTail}\r\nbob smith:$2b$10$${bcryptTail}\ncarol:$2a$12$${bcryptTail}\ndan:${argon}\n`,
    )
    expect(problems).toEqual([])
    expect([...entries.values()].map(({ name, scheme }) => [name, scheme])).toEqual([
      ['alice', 'bcrypt'],
      ['bob smith', 'bcrypt'],
      ['carol', 'bcrypt'],
      ['dan', 'argon2id'],
    ])
  })

  it('gives a line another digest with another password, and with another name', () => {
    const digests = [`a:$2y$05$${bcryptTail}`, `a:$2y$06$${bcryptTail}`, `b:$2y$05$${bcryptTail}`].map(
      (line) => [...parseHtpasswd(line).entries.values()][0]?.digest,
    )
    expect(new Set(digests).size).toBe(3)
  })

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['MD5 of Apache', 'a:$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/', /MD5 protects no password/],
    ['MD5 of crypt', 'a:$1$O3JMY.Tw$AdLnLjQ/5jXF9.MTp3gHv/', /MD5 protects/],
    ['SHA-1', 'a:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', /SHA-1 protects/],
    ['salted SHA-1', 'a:{SSHA}zkbMcN9h3WvzJZ0vD3JbP1zVq5R0c2Fs', /SHA-1 protects/],
    [
      'SHA-256 crypt',
      'a:$5$rounds=5000$usesomesillystri$KqJWpanXZHKq2BOB43TSaYhEWsQ1Lr5QNyPCDH/Tp.6',
      /crypt protects/,
    ],
    ['yescrypt', 'a:$y$j9T$abc$def', /crypt protects/],
    ['DES crypt', 'a:rl0uE1vDmqS.2', /crypt protects/],
    ['plain text', 'a:opensesame', /no hash at all/],
    ['plain text that is long', 'a:correct horse battery staple', /no hash at all/],
    ['nothing', 'a:', /no hash at all/],
    ['the broken bcrypt', `a:$2x$05$${bcryptTail}`, /broken form of bcrypt/],
    ['a bcrypt without end', 'a:$2y$05$CCCC', /no hash at all/],
    ['a bcrypt that takes minutes', `a:$2y$20$${bcryptTail}`, /cost of 20 is not between 4 and 14/],
    ['argon2i', argon.replace('argon2id', 'argon2i').replace(/^/, 'a:'), /another kind than argon2id/],
    ['an argon2id of gigabytes', `a:${argon.replace('m=65536', 'm=4000000')}`, /m=262144/],
    ['an argon2id of no memory', `a:${argon.replace('m=65536', 'm=1')}`, /at most/],
    ['no colon', 'alice', /not NAME:HASH/],
    ['no name', `:$2y$05$${bcryptTail}`, /not NAME:HASH/],
    ['a name that cannot be one', `a/b:$2y$05$${bcryptTail}`, /cannot be the name/],
    ['a name in two scripts', `al\u0456ce:$2y$05$${bcryptTail}`, /cannot be the name/],
    ['a name twice', `alice:$2y$05$${bcryptTail}\nALICE:$2y$05$${bcryptTail}`, /alice stands there twice/],
  ]
  it.each(refused)('refuses %s', (_what, text, sentence) => {
    const { problems } = parseHtpasswd(text)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(sentence)
    const last = text.split('\n').at(-1) ?? ''
    const hash = last.slice(last.indexOf(':') + 1)
    if (hash.length > 8 && last.includes(':')) expect(problems[0]).not.toContain(hash)
  })

  it('names every wrong line at once, by its number', () => {
    const { problems } = parseHtpasswd('a:plain\n# fine\nb:{SHA}x\n')
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['line 1', 'line 3'])
  })
})
