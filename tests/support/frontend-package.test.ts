/** Is the stock frontend found when it is there, and missed in a sentence with the cure? */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { frontendRoot } from './frontend-package.ts'

let cacheDirectory: string
beforeEach(() => {
  cacheDirectory = mkdtempSync(join(tmpdir(), 'gatehouse-cache-'))
})
afterEach(() => rmSync(cacheDirectory, { recursive: true, force: true }))

it('gives the folder that is there, without asking pip', async () => {
  const root = join(cacheDirectory, '1.2.3', 'comfyui_frontend_package', 'static')
  mkdirSync(root, { recursive: true })
  writeFileSync(join(root, 'index.html'), '')
  expect(await frontendRoot('1.2.3', { cacheDirectory, pythons: [] })).toBe(root)
})

it('names what is missing and what to do, once for callers at the same time, and leaves nothing behind', async () => {
  const said: string[] = []
  const options = { cacheDirectory, pythons: ['no-such-python'], report: (sentence: string) => said.push(sentence) }
  expect(await Promise.all([frontendRoot('1.2.3', options), frontendRoot('1.2.3', options)])).toEqual([
    undefined,
    undefined,
  ])
  expect(said).toEqual([
    expect.stringMatching(
      /1\.2\.3 could not be downloaded: no Python with pip was found.*Make `python3 -m pip download/,
    ),
  ])
  expect(readdirSync(cacheDirectory)).toEqual([])
})
