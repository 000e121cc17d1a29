/** Do files that ComfyUI had before Gatehouse come to one owner, and to nobody else? `gatehouse tenant claim`. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import type { Member } from '../../sidecar/src/store/store.ts'
import { type Configured, startConfigured } from '../support/configured.ts'
import { gatehouse } from './gatehouse.ts'

const timeout = 120_000
const png = Buffer.from('89504e470d0a1a0a', 'hex')

let directory: string
let site: Configured
let alice: Member
let config: string
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-claim-'))
  site = await startConfigured('')
  alice = await site.store.users.add({ name: 'alice', role: 'user', passwordHash: null })
  await site.store.users.add({ name: 'bob', role: 'user', passwordHash: null })
  const { baseDirectory } = site.practice
  config = join(directory, 'gatehouse.yaml')
  writeFileSync(
    config,
    `files: { input_dir: ${join(baseDirectory, 'input')}, output_dir: ${join(baseDirectory, 'output')} }\n`,
  )
  for (const folder of ['input/pasted', 'output/old', `input/${'k'.repeat(20)}`]) {
    mkdirSync(join(baseDirectory, folder), { recursive: true })
  }
  for (const file of ['input/cat.png', 'input/pasted/image.png', 'output/old/a_00001_.png']) {
    writeFileSync(join(baseDirectory, file), png)
  }
  writeFileSync(join(baseDirectory, 'input', 'k'.repeat(20), 'theirs.png'), png)
  symlinkSync(config, join(baseDirectory, 'input', 'link.png'))
  mkdirSync(join(directory, 'default', 'workflows'), { recursive: true })
  writeFileSync(join(directory, 'default', 'workflows', 'old.json'), '{"nodes":[]}')
  writeFileSync(join(directory, 'default', 'comfy.settings.json'), '{"Comfy.ColorPalette":"light"}')
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

const claim = (...args: readonly string[]) =>
  gatehouse(['tenant', 'claim', ...args, '--data', site.dataDir, '--config', config], { env: { HOME: directory } })

async function seenBy(name: string, path: string): Promise<{ status: number; text: string }> {
  const member = await site.store.users.findByName(name)
  if (member === undefined) throw new Error(`no ${name}`)
  const { id, key, secretHash } = mintApiKey()
  await site.store.apiKeys.add({ id, userId: member.id, label: 'test', secretHash, expiresAtMs: null })
  const answer = await fetch(`${site.address}${path}`, { headers: { 'X-API-Key': key } })
  return { status: answer.status, text: await answer.text() }
}

const everything = ['alice', '--inputs', '--outputs', '--userdata'] as const
const listed = (root: string): readonly string[] =>
  readdirSync(join(site.practice.baseDirectory, root), { recursive: true }).map(String).sort()

describe('gatehouse tenant claim', { timeout }, () => {
  it('says what would happen, and does nothing of it', async () => {
    const before = [listed('input'), listed('output')]
    const ran = await claim(...everything, join(directory, 'default'), '--dry-run')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain('alice (tenant alice) would get 2 of the inputs.\n  cat.png\n  pasted/image.png\n')
    expect(ran.stdout).toContain('left: link.png: it is a link')
    expect(ran.stdout).toContain('would get 1 of the outputs.\n  old/a_00001_.png\n')
    expect(ran.stdout).toContain('would get 2 of the userdata.\n  workflows/old.json\n  comfy.settings.json\n')
    expect([listed('input'), listed('output')]).toEqual(before)
    expect((await seenBy('alice', '/view?filename=cat.png&type=input')).status).toBe(404)
    expect((await seenBy('alice', '/userdata?dir=workflows')).text).not.toContain('old.json')
  })

  it('gives one owner the files, and nobody else', async () => {
    const ran = await claim(...everything, join(directory, 'default'))
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    for (const path of [
      '/view?filename=cat.png&type=input',
      '/view?filename=image.png&subfolder=pasted&type=input',
      '/api/view?filename=a_00001_.png&subfolder=old&type=output',
    ]) {
      expect((await seenBy('alice', path)).status, path).toBe(200)
      expect((await seenBy('bob', path)).status, path).toBe(404)
    }
    expect((await seenBy('alice', '/object_info/LoadImage')).text).toContain('"cat.png"')
    expect((await seenBy('bob', '/object_info/LoadImage')).text).not.toContain('cat.png')
    expect((await seenBy('alice', '/userdata?dir=workflows')).text).toContain('old.json')
    expect((await seenBy('bob', '/userdata?dir=workflows')).text).not.toContain('old.json')
    expect((await seenBy('alice', '/settings')).text).toContain('light')
    expect((await seenBy('bob', '/settings')).text).not.toContain('light')
    expect(existsSync(join(directory, 'default', 'workflows', 'old.json'))).toBe(true)
    const written = await gatehouse(['audit', 'list', '--kind', 'data.claimed', '--json', '--data', site.dataDir])
    expect(JSON.parse(written.stdout)).toHaveLength(3)
  })

  it('overwrites nothing, takes nothing of a tenant, and says so', async () => {
    const own = join(site.practice.baseDirectory, 'input', alice.tenant.folderKey)
    mkdirSync(own, { recursive: true })
    writeFileSync(join(own, 'cat.png'), 'older')
    const ran = await claim('alice', '--inputs')
    expect(ran.stdout).toContain('left: cat.png: the owner has a file of that name')
    expect(listed('input')).toEqual(expect.arrayContaining(['cat.png', `${'k'.repeat(20)}/theirs.png`]))
    expect(await claim('alice', '--inputs')).toMatchObject({ stdout: expect.stringContaining('got 0 of the inputs') })
  })

  it.each([
    [['alice'], /Say what to claim: --inputs, --outputs, --userdata FOLDER/],
    [['nobody', '--inputs'], /There is no user "nobody"/],
    [['alice', '--userdata', '/no/such/folder'], /is no folder that can be read/],
  ])('explains %j', async (args, sentence) => {
    expect(await claim(...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(sentence) })
  })
})
