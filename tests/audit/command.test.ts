/** Do `gatehouse audit` and `gatehouse secret`, run as people run them, say what happened and whether that is still true? */

import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { databaseFileName } from '../../sidecar/src/store/sql/open-database.ts'
import { gatehouse, type Ran } from '../cli/gatehouse.ts'
import { parseRecord } from '../support/person.ts'

const password = 'amber Lantern 4711'
/** A dozen starts of Node, on a machine that may be busy. */
const timeout = 120_000

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-audit-cli-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const run = (args: readonly string[], stdin = ''): Promise<Ran> =>
  gatehouse([...args, '--data', directory], { stdin, env: { HOME: directory, SUDO_USER: 'greta' } })

async function succeeds(args: readonly string[], stdin = ''): Promise<string> {
  const ran = await run(args, stdin)
  expect(ran, args.join(' ')).toMatchObject({ code: 0, stderr: '' })
  return ran.stdout
}

async function someHistory(...more: string[]): Promise<void> {
  await succeeds(['user', 'add', 'olga', '--role', 'owner', '--password-stdin', ...more], `${password}\n`)
  await succeeds(['token', 'create', '--user', 'olga', '--label', 'ci', ...more])
}

describe('gatehouse audit', { timeout }, () => {
  it('lists what the command line did, with the account it ran under', async () => {
    await someHistory()
    const table = await succeeds(['audit', 'list'])
    expect(table.split('\n')[0]).toMatch(/^NUMBER +TIME +KIND +WHO +ON WHAT +FROM +HOW +MORE$/)
    expect(table).toMatch(/^1 +\S+Z +user\.created +- +olga +- +command line +.*role=owner.*sudoUser=greta/m)
    const listed: unknown = JSON.parse(
      await succeeds(['audit', 'list', '--kind', 'key.created', '--since', '1h', '--json']),
    )
    expect(listed).toMatchObject([{ kind: 'key.created', method: 'command line', detail: { of: 'olga', label: 'ci' } }])
    expect(await run(['audit', 'list', '--kind', 'nothing'])).toMatchObject({ code: 2 })
  })

  it('proves the list, and finds the event that somebody edited', async () => {
    await someHistory()
    const sentence = await succeeds(['audit', 'verify'])
    const anchor = /--anchor (\d+:[0-9a-f]{64})/.exec(sentence)?.[1] ?? ''
    expect(sentence).toMatch(/^2 events, 1 to 2, are as they were written\.$/m)
    await succeeds(['audit', 'verify', '--anchor', anchor])
    const file = new DatabaseSync(join(directory, databaseFileName))
    file.exec(`update audit_events set event = replace(event, 'owner', 'guest') where seq = 1`)
    file.close()
    const broken = await run(['audit', 'verify'])
    expect(broken.code).toBe(1)
    expect(broken.stdout).toContain('Event 1 is not as it was written: ')
    expect(JSON.parse((await run(['audit', 'verify', '--json'])).stdout)).toMatchObject({
      ok: false,
      problem: { seq: 1 },
    })
  })

  it('exports lines with which anybody can compute the chain again', async () => {
    await someHistory()
    const lines = (await succeeds(['audit', 'export', '--format', 'jsonl'])).trim().split('\n')
    let previous = '0'.repeat(64)
    for (const [index, line] of lines.entries()) {
      const entry = parseRecord(JSON.parse(line))
      const event = /"event":(\{.*\})\}$/.exec(line)?.[1]
      expect(entry).toMatchObject({ seq: index + 1, previous })
      expect(entry.hash).toBe(
        createHash('sha256')
          .update(`${previous}\n${index + 1}\n${event}`)
          .digest('hex'),
      )
      previous = String(entry.hash)
    }
    expect(lines).toHaveLength(3)
    expect(lines.at(-1)).toContain('"kind":"data.exported"')
  })

  it('seals with the key of a file, and does not believe one who does not have it', async () => {
    const keyFile = join(directory, 'audit.key')
    const config = join(directory, 'gatehouse.yaml')
    writeFileSync(keyFile, `${'k'.repeat(64)}\n`)
    writeFileSync(config, `audit:\n  key_file: ${keyFile}\n`)
    await someHistory('--config', config)
    await succeeds(['audit', 'verify', '--config', config])
    expect((await run(['audit', 'verify'])).stdout).toContain('not among the keys')
    const without = await run(['token', 'create', '--user', 'olga'])
    expect(without.stderr).toContain('Name the configuration of the sidecar with --config.')
    writeFileSync(keyFile, `${'n'.repeat(64)}\n${'k'.repeat(64)}\n`)
    await succeeds(['token', 'create', '--user', 'olga', '--config', config])
    await succeeds(['audit', 'verify', '--config', config])
    writeFileSync(keyFile, 'short\n')
    expect((await run(['audit', 'verify', '--config', config])).stderr).toContain('audit.key_file: ')
  })
})

describe('gatehouse secret', { timeout }, () => {
  it('rotates with an overlap, or at once, and shows none', async () => {
    await succeeds(['secret', 'rotate', 'cookie', '--overlap', '2h'])
    expect(await succeeds(['secret', 'rotate', 'cookie'])).toMatch(
      /^\w{8} signs session cookies from now on\.\nThe old ones count for 24h more\.$/m,
    )
    const list: unknown = JSON.parse(await succeeds(['secret', 'list', '--json']))
    expect(list).toMatchObject([
      { purpose: 'audit', expiresAt: null },
      { purpose: 'cookie', expiresAt: null },
      { purpose: 'cookie', expiresAt: expect.any(String) },
      { purpose: 'cookie', expiresAt: expect.any(String) },
    ])
    expect(JSON.stringify(list)).not.toContain('value')
    expect(await succeeds(['secret', 'rotate', '--now'])).toContain(
      'The old ones count no more. 0 sessions have ended.',
    )
    const left = JSON.parse(await succeeds(['secret', 'list', '--json'])) as readonly { readonly purpose: string }[]
    expect(left.filter(({ purpose }) => purpose === 'cookie')).toHaveLength(1)
    expect(await run(['secret', 'rotate', 'instance'])).toMatchObject({ code: 2 })
    expect(await run(['secret', 'rotate', '--now', '--overlap', '1h'])).toMatchObject({ code: 2 })
    const events = await succeeds(['audit', 'list', '--kind', 'secret.rotated'])
    expect(events).toMatch(/secret\.rotated +- +cookie .*overlap=2h/)
  })
})
