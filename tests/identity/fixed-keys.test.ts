/** Does a fixed key of the operator stand for the one user it was given, wherever it is kept, until it is taken away? */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type Configured, startConfigured } from '../support/configured.ts'
import { memberOf, peerAt } from './peer.ts'

const inFile = 'a-fixed-key-in-a-file-0123456789'
const inVariable = 'a-fixed-key-in-a-variable-0123456789'

async function whoIs(site: Configured, key: string): Promise<unknown> {
  const headers = ['Authorization', `Bearer ${key}`]
  const reply = await peerAt('127.0.0.1', site).ask('/gatehouse/api/v1/me', { headers })
  return reply.status === 200 ? memberOf(reply, 'user') : reply.status
}

it('a fixed key comes from a file or from the environment, and ends with its entry', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-fixed-'))
  try {
    const file = join(folder, 'farm.key')
    // Editors end a file with a line end.
    writeFileSync(file, `${inFile}\n`)
    const one = `    - { name: farm, user: alice, file: '${file}' }\n`
    const other = '    - { name: shared, user: bob, env: OLD_SHARED_KEY }\n'
    const variables = { OLD_SHARED_KEY: inVariable }
    await using site = await startConfigured(`auth:\n  static_keys:\n${one}${other}`, { variables })
    for (const name of ['alice', 'bob']) {
      await site.store.users.add({ name, role: 'user', passwordHash: null, tenantName: name })
    }
    expect(await whoIs(site, inFile)).toBe('alice')
    expect(await whoIs(site, inVariable)).toBe('bob')
    expect(await whoIs(site, 'OLD_SHARED_KEY')).toBe(401)

    site.rewrite(`auth:\n  static_keys:\n${one}`)
    expect(await whoIs(site, inFile)).toBe('alice')
    expect(await whoIs(site, inVariable)).toBe(401)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
