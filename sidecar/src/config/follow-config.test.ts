import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { GatehouseError } from '../gatehouse-error.ts'
import { type Config, loadConfig } from './config.ts'
import { readEnvironment } from './env.ts'
import { followConfig } from './follow-config.ts'
import { createLiveConfig } from './live-config.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-follow-'))
  path = join(directory, 'gatehouse.yaml')
  writeFileSync(path, '{}\n')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function follow(read: () => Config, onChange: () => void = () => undefined) {
  const live = createLiveConfig(loadConfig(readEnvironment(), { config: path }))
  live.onChange(onChange)
  const refused: string[] = []
  const following = followConfig({
    source: { path, read },
    live,
    followed: () => undefined,
    refused: (problems) => refused.push(...problems),
  })
  return { following, refused }
}

it('tells what went wrong with a key file that changed between two looks, and goes on', () => {
  const { following, refused } = follow(
    () => loadConfig(readEnvironment(), { config: path }),
    () => {
      throw new GatehouseError('bad_input', { message: 'The static key "ci" is too short or obvious.' })
    },
  )
  following.reload()
  following.close()
  expect(refused).toEqual(['The static key "ci" is too short or obvious.'])
})
