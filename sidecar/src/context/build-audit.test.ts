/** Is the receiver that the configuration names told of security events, although the store cannot be asked at first? */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { stringify } from 'yaml'
import { type Config, loadConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { createLiveConfig } from '../config/live-config.ts'
import { buildAudit } from './build-audit.ts'

const [one, other] = ['udp://127.0.0.1:9', 'udp://127.0.0.1:10']
let folder: string
beforeEach(() => {
  vi.useFakeTimers()
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-audit-'))
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

function naming(syslog: string): Config {
  const config = join(folder, 'gatehouse.yaml')
  writeFileSync(config, stringify({ audit: { syslog } }))
  return loadConfig(readEnvironment({}), { config, data: folder })
}

function parseFake(value: unknown): never {
  return value as never
}

it.each<[what: string, then: readonly string[], followed: readonly string[]]>([
  ['is followed once it can', [], [other]],
  ['gives way to the one of before, which is followed again', [one], [one]],
])('a receiver that cannot be followed at first %s', async (_what, then, followed) => {
  const live = createLiveConfig(naming(one))
  let isThere = true
  const [asked, failures]: [string[], unknown[]] = [[], []]
  const audit = await buildAudit({
    live,
    store: parseFake({
      page: async () => [],
      forwarded: async (name: string) => {
        if (!isThere) throw new Error('the disk is gone')
        asked.push(name)
        return 0
      },
    }),
    events: parseFake({ auditNotForwarded: (error: unknown) => failures.push(error) }),
  })
  expect(asked.splice(0)).toEqual([one])
  isThere = false
  live.replace(naming(other))
  await vi.advanceTimersByTimeAsync(0)
  expect(failures).toHaveLength(1)
  isThere = true
  for (const syslog of then) live.replace(naming(syslog))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(asked).toEqual(followed)
  vi.useRealTimers()
  await audit.close()
})
