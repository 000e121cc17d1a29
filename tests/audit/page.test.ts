/** Do the pages about the audit, secrets and acting for others say what works? Their blocks are run as they are printed. */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Configured, startConfigured, yamlOf } from '../support/configured.ts'
import { until } from '../support/person.ts'
import { sentencesOf, unsaid } from '../support/said.ts'

const page = 'docs/identity/audit.md'
const [changes = '', retention = '', keyFile = '', syslog = ''] = yamlOf(page)

const firstEvent = (site: Configured) =>
  until(async () => (await site.store.audit.page({ from: { after: 0 }, limit: 1 }))[0])

describe('the page about the audit', () => {
  it('has the blocks that are run here, and no other', () => {
    expect(yamlOf(page)).toHaveLength(4)
  })

  it('keeps as long as it says, and bounds changes as it says', async () => {
    for (const block of [retention, changes]) {
      await using site = await startConfigured(block)
      expect((await firstEvent(site)).kind).toBe('server.started')
    }
  })

  it('seals with the key of a file, which a running sidecar goes on with until it is started again', async () => {
    await using before = await startConfigured('')
    const own = (await firstEvent(before)).keyId
    const file = join(before.dataDir, 'audit.key')
    writeFileSync(file, `${'a1'.repeat(32)}\n`)
    before.rewrite(keyFile.replace('audit.key', file))
    await before.restart()
    const sealed = await until(async () => {
      const rows = await before.store.audit.page({ from: { before: undefined }, limit: 5, kind: 'server.started' })
      return rows.find(({ keyId }) => keyId !== own)
    })
    expect(sealed.keyId).toMatch(/^file-[0-9a-f]{8}$/)
    const stopped = await before.store.audit.page({ from: { before: undefined }, limit: 1, kind: 'server.stopped' })
    expect(stopped[0]?.keyId).toBe(own)
  })

  it('does not start with a key file that is not there', async () => {
    await expect(startConfigured(keyFile)).rejects.toThrow(/audit\.key_file: \S+audit\.key is not there/)
  })

  it('begins to tell a receiver when the file names one', async () => {
    let heard = ''
    const server = createServer((socket) => {
      socket.setEncoding('utf8').on('data', (text: string) => {
        heard += text
      })
      socket.on('error', () => undefined)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const site = await startConfigured('')
    try {
      await firstEvent(site)
      site.rewrite(syslog.replace('127.0.0.1:6514', `127.0.0.1:${port}`))
      await until(async () => (heard.includes('configuration.changed') ? true : undefined))
      expect(heard).not.toContain('server.started')
    } finally {
      await site[Symbol.asyncDispose]()
    }
    await until(async () => (heard.includes('server.stopped') ? true : undefined))
    server.close()
  })
})

it.each([page, 'docs/identity/secrets.md', 'docs/identity/impersonation.md'])(
  '%s explains only sentences that are said',
  (path) => {
    expect(sentencesOf(path).length).toBeGreaterThan(1)
    expect(unsaid(sentencesOf(path))).toEqual([])
  },
)
