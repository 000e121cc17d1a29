import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { GatehouseError } from '../gatehouse-error.ts'
import { loadConfig } from './config.ts'
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

function follow(onChange: () => void = () => undefined) {
  const read = () => loadConfig(readEnvironment(), { config: path })
  const live = createLiveConfig(read())
  live.onChange(onChange)
  const [refused, incomplete, told]: [string[], string[], string[]] = [[], [], []]
  const following = followConfig({
    source: { path, read },
    live,
    followed: ({ followed }) => told.push(...followed),
    refused: (problems) => refused.push(...problems),
    incomplete: (problems) => incomplete.push(...problems),
  })
  return { following, refused, incomplete, told }
}

const problem = 'The static key "ci" is too short or obvious.'
const cannotFollow = () => {
  throw new GatehouseError('bad_input', { message: problem })
}

it('tells what went wrong with a key file that changed between two looks, and goes on', () => {
  const { following, refused, incomplete } = follow(cannotFollow)
  following.reload()
  following.close()
  expect([refused, incomplete]).toEqual([[], [problem]])
})

it('tells once what holds from now on, also when a key file is of no use at that moment', () => {
  const { following, told } = follow(cannotFollow)
  writeFileSync(path, 'policy: { report_only: [role-nodes] }\n')
  following.reload()
  following.reload()
  following.close()
  expect(told).toEqual(['policy.report_only'])
})

it('tells what is wrong with a file that changes nothing', () => {
  const { following, refused, incomplete, told } = follow()
  writeFileSync(path, 'nonsense: 1\n')
  following.reload()
  following.close()
  expect(refused).toEqual([expect.stringMatching(/^nonsense: no such setting/)])
  expect([incomplete, told]).toEqual([[], []])
})
