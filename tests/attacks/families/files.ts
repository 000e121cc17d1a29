/** Does any spelling reach another tenant's file, to read or to write? Deeper: tests/isolation/files*.test.ts, tests/security/uploads.test.ts. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { parseRecord } from '../../support/person.ts'
import { type Actor, boundary, form } from '../actor.ts'
import { attack, type Family, runners, type Scene } from '../attack.ts'
import { cannotTell, refused } from '../verdict.ts'

const view = (query: Readonly<Record<string, string>>) => `/view?${new URLSearchParams(query).toString()}`

function spellings(key: string, own: string): readonly string[] {
  return [
    '',
    '.',
    key,
    `./${key}`,
    `${key}/`,
    `x/../${key}`,
    `${own}/../${key}`,
    `../${key}`,
    `../input/${key}`,
  ].concat([`/${key}`, key.toUpperCase(), `..\\${key}`])
}

const shown = attack('A20', 'a view of the file of another tenant, however it is spelt', {
  attempt: async ({ attacker, victim, treasure }) => {
    const key = victim.folderKey
    for (const subfolder of spellings(key, attacker.folderKey)) {
      for (const filename of ['jewel.png', `${key}/jewel.png`, `../${key}/jewel.png`, `../${key}/jewel.png [input]`]) {
        for (const type of ['input', 'output', 'temp']) {
          refused(await attacker.ask('GET', view({ type, subfolder, filename })), `${type} ${subfolder} ${filename}`)
        }
      }
    }
    const files = ['type=output&filename=jewel-output_00001_.png', `type=temp&filename=${treasure.previewName}`]
    for (const file of files)
      for (const more of ['', '&preview=webp;90', '&channel=a', '&subfolder=&rand=1'])
        refused(await attacker.ask('GET', `/view?${file}${more}`), file)
    for (const query of ['filename=jewel.png&filename=jewel.png&type=input', 'filename=blake3:0000', 'filename=', '']) {
      refused(await attacker.ask('GET', `/view?${query}`), query)
    }
    await cannotTell((name) => attacker.ask('GET', view({ type: 'input', filename: name })), 'jewel.png', 'none.png')
  },
  control: async ({ victim, treasure }) => {
    const input = await victim.ask('GET', '/view?type=input&filename=jewel.png')
    expect(input.body).toContain('sceptre')
    return [
      input,
      await victim.ask('GET', '/view?type=output&filename=jewel-output_00001_.png'),
      await victim.ask('GET', `/view?type=temp&filename=${treasure.previewName}`),
    ]
  },
})

const onDisk = ({ world, victim }: Scene): readonly string[] =>
  readdirSync(join(world.practice.baseDirectory, 'input', victim.folderKey), { recursive: true })
    .map(String)
    .sort()

/** Everything of a tenant lies below the own folder: nothing is written beside the folders of tenants. */
const inRoot = ({ world }: Scene): readonly string[] => readdirSync(join(world.practice.baseDirectory, 'input')).sort()

const multipart = (disposition: string, more: string) =>
  Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="image"; ${disposition}\r\n\r\nforged\r\n${more}--${boundary}--\r\n`,
  )
const fieldOf = (name: string, value: string) =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`

async function forgedForms(attacker: Actor, key: string): Promise<void> {
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  for (const body of [
    multipart(`filename="../${key}/jewel.png"`, fieldOf('overwrite', 'true')),
    multipart(`filename="..\\${key}\\jewel.png"`, fieldOf('overwrite', 'true')),
    multipart(`filename="a.png"; filename*=UTF-8''..%2F${key}%2Fjewel.png`, fieldOf('overwrite', 'true')),
    multipart(`filename="/${key}/jewel.png"`, ''),
    multipart('filename="x.png"', fieldOf('subfolder', 'a') + fieldOf('subfolder', `../${key}`)),
    multipart('filename="x.png"', fieldOf('type', 'input') + fieldOf('type', 'output')),
  ]) {
    const { status } = await attacker.ask('POST', '/upload/image', { headers, body })
    expect([200, 400, 401, 403]).toContain(status)
  }
  const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' }
  refused(await attacker.ask('POST', '/upload/image', { headers: urlencoded, body: `subfolder=../${key}&image=x` }))
}

const uploaded = attack('A21', 'an upload that leaves the own folder', {
  attempt: async (scene) => {
    const { attacker, victim } = scene
    const key = victim.folderKey
    const before = onDisk(scene)
    for (const fields of [
      { subfolder: `../${key}` },
      { subfolder: `/${key}` },
      { subfolder: `a/../../${key}` },
      { subfolder: `..\\${key}` },
      { type: 'output' },
      { type: 'models' },
    ])
      refused(await attacker.uploads('jewel.png', { overwrite: 'true', ...fields }), JSON.stringify(fields))
    // To name the folder of another below one's own is no way out.
    await attacker.uploads('other.png', { subfolder: key })
    await forgedForms(attacker, key)
    expect(onDisk(scene)).toEqual(before)
    const folders = [victim.folderKey, scene.owner.folderKey, attacker.folderKey]
    expect(inRoot(scene).filter((name) => !/^[a-z0-9]{20,}$/.test(name) && !folders.includes(name))).toEqual([])
  },
  control: async (scene) => {
    const done = await scene.victim.uploads('own.png', { overwrite: 'true' })
    expect(onDisk(scene)).toContain('own.png')
    const own = await scene.victim.ask('GET', '/view?type=input&filename=jewel.png')
    expect(own.body).toContain('sceptre')
    return [done, own]
  },
})

const references = (scene: Scene): readonly unknown[] => {
  const key = scene.victim.folderKey
  return [
    { filename: 'jewel.png', type: 'input' },
    { filename: 'jewel.png', type: 'input', subfolder: key },
    { filename: 'jewel.png', type: 'input', subfolder: `../${key}` },
    { filename: `../${key}/jewel.png`, type: 'input' },
    { filename: `../${key}/jewel.png [input]`, type: 'output' },
    { filename: join(scene.world.practice.baseDirectory, 'input', key, 'jewel.png'), type: 'input' },
    { filename: scene.treasure.previewName, type: 'temp' },
    { filename: 'blake3:0000', type: 'input' },
  ]
}

const masked = attack('A22', 'a mask laid over the picture of another tenant', {
  attempt: async (scene) => {
    const { attacker, forwarded } = scene
    const before = onDisk(scene)
    for (const reference of references(scene)) {
      await attacker.uploads('mask.png', { original_ref: JSON.stringify(reference) }, '/upload/mask')
    }
    refused(await attacker.ask('GET', '/view?type=input&filename=mask.png'))
    for (const line of forwarded().filter((text) => text.startsWith('POST'))) {
      const sent = parseRecord(JSON.parse(/name="original_ref"\r\n\r\n(.*)\r\n/.exec(line)?.[1] ?? '{}'))
      expect(`${String(sent.subfolder)}/`).toMatch(new RegExp(`^${attacker.folderKey}/`))
      expect(line).not.toContain('..')
    }
    expect(onDisk(scene)).toEqual(before)
  },
  control: async (scene) => {
    await scene.world.alice.uploads('real.png', onePixelForMasks)
    const original = { original_ref: JSON.stringify({ filename: 'real.png', type: 'input' }) }
    return scene.victim.uploads(`own-mask-${scene.attacker.tries()}.png`, original, '/upload/mask')
  },
})

/** The picture that `form` sends, for a mask that fits. */
const onePixelForMasks = form('x.png', {}).subarray(form('x.png', {}).indexOf(Buffer.from('\x89PNG', 'latin1')))

const links = attack('A54', 'a symbolic link in the own folder, and what is seen, written or deleted through it', {
  by: runners,
  attempt: async ({ attacker, victim, world, prefix }) => {
    const base = world.practice.baseDirectory
    const own = join(base, 'input', attacker.folderKey)
    mkdirSync(own, { recursive: true })
    const name = `to-her${prefix.replace('/', '-')}`
    if (!existsSync(join(own, name))) symlinkSync(join(base, 'input', victim.folderKey), join(own, name))
    if (!existsSync(join(own, `${name}.png`)))
      symlinkSync(join(base, 'input', victim.folderKey, 'jewel.png'), join(own, `${name}.png`))
    const before = readFileSync(join(base, 'input', victim.folderKey, 'jewel.png'))
    const api = '/gatehouse/api/v1/files'
    for (const query of [`filename=${name}.png`, `subfolder=${name}&filename=jewel.png`])
      refused(await attacker.ask('GET', `/view?type=input&${query}`))
    await attacker.uploads(`${name}.png`, { overwrite: 'true' })
    await attacker.uploads('jewel.png', { overwrite: 'true', subfolder: name })
    expect(readFileSync(join(base, 'input', victim.folderKey, 'jewel.png')).equals(before)).toBe(true)
    await attacker.ask('GET', `${api}?root=input&limit=1000`)
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ files: [{ root: 'input', subfolder: name, filename: 'jewel.png' }] })
    await attacker.ask('DELETE', api, { headers, body })
    expect(existsSync(join(base, 'input', victim.folderKey, 'jewel.png'))).toBe(true)
  },
  control: async ({ victim, world }) => {
    await victim.uploads('doomed.png', { overwrite: 'true' })
    const file = join(world.practice.baseDirectory, 'input', victim.folderKey, 'doomed.png')
    expect(existsSync(file)).toBe(true)
    const body = JSON.stringify({ files: [{ root: 'input', subfolder: '', filename: 'doomed.png' }] })
    const headers = { 'content-type': 'application/json' }
    const deleted = await world.alice.fetch('/gatehouse/api/v1/files', { method: 'DELETE', body, headers })
    expect(existsSync(file)).toBe(false)
    return [deleted, await victim.ask('GET', '/view?type=input&filename=jewel.png')]
  },
})

export const files: Family = {
  name: 'files',
  world: {
    config: (config, { baseDirectory }) => ({
      ...config,
      files: {
        input_dir: join(baseDirectory, 'input'),
        output_dir: join(baseDirectory, 'output'),
        temp_dir: join(baseDirectory, 'temp'),
      },
    }),
  },
  // Forged uploads leave own files of the victim's names behind: what lists own files comes before.
  attacks: [shown, links, uploaded, masked],
}
