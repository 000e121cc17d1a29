/** Whose files are they? Shared inside a tenant, settings and style personal, nothing visible outside. */
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startPeople } from './people.ts'

const acme = 'a'.repeat(20)
const birch = 'b'.repeat(20)

test('people of one tenant share workflows and keep settings and style to themselves', async () => {
  await using people = await startPeople()
  const [alice, ann] = [people.person('alice', acme), people.person('ann', acme)]
  await alice.asks('POST', '/userdata/workflows%2Fcat.json', 'cat')
  await alice.asks('POST', '/userdata/user.css', 'body{color:red}')
  await alice.asks('POST', '/settings/Comfy.ColorPalette', '"dark"')
  expect((await ann.asks('GET', '/userdata/workflows%2Fcat.json')).body).toBe('cat')
  expect((await ann.asks('GET', '/userdata/user.css')).status).toBe(404)
  expect((await ann.asks('GET', '/userdata/comfy.settings.json')).status).toBe(404)
  expect((await ann.asks('GET', '/settings/Comfy.ColorPalette')).body).toBe('null')
  expect(JSON.parse((await ann.asks('GET', '/userdata?dir=.')).body)).toEqual([])
  expect(JSON.parse((await alice.asks('GET', '/userdata?dir=.')).body)).toEqual(['comfy.settings.json', 'user.css'])
})

test('another tenant gets the same bytes as for names that never existed', async () => {
  await using people = await startPeople()
  const [alice, bob] = [people.person('alice', acme), people.person('bob', birch)]
  await alice.asks('POST', '/userdata/workflows%2Fcat.json', 'cat')
  expect((await alice.asks('GET', '/userdata/workflows%2Fcat.json')).status).toBe(200)
  for (const [method, suffix] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/move/mine.json'],
  ] as const) {
    const foreign = await bob.asks(method, `/userdata/workflows%2Fcat.json${suffix}`)
    expect(foreign).toEqual(await bob.asks(method, `/userdata/workflows%2Fnever.json${suffix}`))
  }
  for (const target of [
    `/userdata/..%2F..%2F${acme}%2Fuserdata%2Fworkflows%2Fcat.json`,
    `/userdata/%252e%252e%252f%252e%252e%252f${acme}%252fuserdata%252fworkflows%252fcat.json`,
    `/userdata/..%5C..%5C${acme}%5Cuserdata%5Cworkflows%5Ccat.json`,
    `/userdata/${encodeURIComponent(join(people.dataDir, 'tenants', acme, 'userdata', 'workflows', 'cat.json'))}`,
  ]) {
    const answer = await bob.asks('GET', target)
    expect([400, 403]).toContain(answer.status)
    expect(answer.body).not.toContain('cat')
  }
})

test('a settings file saved through userdata is the one settings answers from, and must be settings', async () => {
  await using people = await startPeople()
  const alice = people.person('alice', acme)
  expect((await alice.asks('POST', '/userdata/comfy.settings.json', '{"a":[1]}')).status).toBe(200)
  expect(JSON.parse((await alice.asks('GET', '/settings')).body)).toEqual({ a: [1] })
  expect((await alice.asks('POST', '/userdata/comfy.settings.json', '[1]')).body).toBe('bad_json')
  expect((await alice.asks('POST', '/userdata/.%2F%2563omfy.settings.json', 'nonsense')).body).toBe('bad_json')
  await alice.asks('POST', '/userdata/list.json', '[1]')
  expect((await alice.asks('POST', '/userdata/list.json/move/comfy.settings.json')).body).toBe('bad_json')
  expect(JSON.parse((await alice.asks('GET', '/settings')).body)).toEqual({ a: [1] })
  expect((await alice.asks('POST', '/userdata/comfy.settings.json/move/backup.json')).status).toBe(200)
  expect((await alice.asks('GET', '/userdata/backup.json')).body).toBe('{"a":[1]}')
  await alice.asks('POST', '/userdata/backup.json/move/comfy.settings.json')
  expect(JSON.parse((await alice.asks('GET', '/settings')).body)).toEqual({ a: [1] })
})

test('somebody new starts past the first-run dialog, and the start is kept with the first change', async () => {
  await using people = await startPeople()
  const alice = people.person('alice', acme)
  const seed = { 'Comfy.TutorialCompleted': true, 'Comfy.InstalledVersion': '1.49.6' }
  expect(JSON.parse((await alice.asks('GET', '/settings')).body)).toEqual(seed)
  await alice.asks('POST', '/settings/x', '1')
  expect(JSON.parse((await alice.asks('GET', '/settings')).body)).toEqual({ ...seed, x: 1 })
})

test('settings keep every digit of a number', async () => {
  await using people = await startPeople()
  const alice = people.person('alice', acme)
  await alice.asks('POST', '/userdata/comfy.settings.json', '{"seed":18446744073709551615,"half":1.50}')
  await alice.asks('POST', '/settings/other', '1')
  expect((await alice.asks('GET', '/settings')).body).toBe('{"seed":18446744073709551615,"half":1.50,"other":1}')
})

test('a settings file broken by hand reads as empty and is kept beside the next one', async () => {
  await using people = await startPeople()
  const alice = people.person('alice', acme)
  await alice.asks('POST', '/settings/x', '1')
  const path = join(people.dataDir, 'tenants', acme, 'settings', 'alice.json')
  await writeFile(path, '{"x": 1')
  expect((await alice.asks('GET', '/settings')).body).toBe('{}')
  await alice.asks('POST', '/settings/y', '2')
  expect((await alice.asks('GET', '/settings')).body).toBe('{"y":2}')
  expect(await readFile(`${path}.corrupt`, 'utf8')).toBe('{"x": 1')
})

test.skipIf(process.platform === 'win32')('files and folders are readable by nobody else on the machine', async () => {
  await using people = await startPeople()
  const alice = people.person('alice', acme)
  await alice.asks('POST', '/userdata/workflows%2Fdeep%2Fa.json', 'a')
  await alice.asks('POST', '/settings/x', '1')
  const folder = join(people.dataDir, 'tenants', acme)
  const modes = await Promise.all(
    [
      '',
      'userdata',
      'userdata/workflows',
      'userdata/workflows/deep',
      'settings',
      'incoming',
      'userdata/workflows/deep/a.json',
      'settings/alice.json',
    ].map(async (name) => (await stat(join(folder, name))).mode & 0o777),
  )
  expect(modes).toEqual([0o700, 0o700, 0o700, 0o700, 0o700, 0o700, 0o600, 0o600])
})

test.skipIf(process.platform === 'win32')(
  'a symbolic link is neither listed, read, followed nor written through',
  async () => {
    await using people = await startPeople()
    const alice = people.person('alice', acme)
    const outside = join(people.dataDir, 'outside')
    await mkdir(outside)
    await writeFile(join(outside, 'secret.json'), 'secret')
    await alice.asks('POST', '/userdata/workflows%2Freal.json', 'real')
    const root = join(people.dataDir, 'tenants', acme, 'userdata')
    await symlink(outside, join(root, 'workflows', 'folder'))
    await symlink(join(outside, 'secret.json'), join(root, 'workflows', 'link.json'))
    expect(JSON.parse((await alice.asks('GET', '/userdata?dir=workflows&recurse=true')).body)).toEqual(['real.json'])
    expect((await alice.asks('GET', '/v2/userdata')).body).not.toMatch(/link|folder|secret/)
    for (const name of ['workflows%2Flink.json', 'workflows%2Ffolder%2Fsecret.json']) {
      expect((await alice.asks('GET', `/userdata/${name}`)).status).toBe(404)
      expect((await alice.asks('DELETE', `/userdata/${name}`)).status).toBe(404)
      expect((await alice.asks('POST', `/userdata/${name}/move/mine.json`)).status).toBe(404)
    }
    expect((await alice.asks('POST', '/userdata/workflows%2Ffolder%2Fnew.json', 'x')).status).toBe(403)
    expect(
      (await alice.asks('POST', '/userdata/workflows%2Freal.json/move/workflows%2Ffolder%2Fnew.json')).status,
    ).toBe(403)
    expect((await alice.asks('POST', '/userdata/workflows%2Flink.json', 'mine')).status).toBe(200)
    expect(await readFile(join(outside, 'secret.json'), 'utf8')).toBe('secret')
    expect(await readdir(outside)).toEqual(['secret.json'])
    expect((await alice.asks('GET', '/userdata/workflows%2Flink.json')).body).toBe('mine')
  },
)

test('what a tenant saves never comes back as something that runs', async () => {
  await using people = await startPeople()
  const alice = people.person('alice', acme)
  for (const name of [
    'x.html',
    'x.svg',
    'x.js',
    'x.mjs',
    'x.xhtml',
    'x.xml',
    'x.mht',
    'sub%2Fuser.css',
    'x.htm%2F',
    'x',
  ]) {
    await alice.asks('POST', `/userdata/${name}`, '<script>1</script>')
    const { status, headers } = await alice.asks('GET', `/userdata/${name}`)
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'application/octet-stream' })
    expect(headers['content-disposition']).toBe('attachment')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-security-policy']).toMatch(/^sandbox;/)
    expect(headers['cache-control']).toBe('private, no-cache')
  }
})

test('a name no disk can hold is refused with a sentence, never with a failure', async () => {
  await using people = await startPeople()
  const alice = people.person('alice', acme)
  await alice.asks('POST', '/userdata/file', 'x')
  for (const name of ['x'.repeat(256), 'a%00b', 'a%0Ab', 'a%5Cb', 'file%2Fbelow.json', `%25${'25'.repeat(9)}41`]) {
    const answer = await alice.asks('POST', `/userdata/${name}`, 'x')
    expect(answer.status, name).toBe(400)
    expect(answer.body).toMatch(/^Invalid filename\./)
  }
  await alice.asks('POST', '/userdata/folder%2Fa', 'x')
  for (const [method, target] of [
    ['DELETE', '/userdata/folder'],
    ['POST', '/userdata/folder/move/folder%2Fsub'],
    ['POST', '/userdata/folder/move/user.css'],
    ['POST', '/userdata/%2E/move/x'],
    ['POST', '/userdata/folder/move/file'],
  ] as const) {
    expect((await alice.asks(method, target)).status, target).toBe(400)
  }
})

test('a file is revalidated by its tag and by its date', async () => {
  await using people = await startPeople()
  const alice = people.person('alice', acme)
  await alice.asks('POST', '/userdata/a.json', 'abc')
  const { etag = '', 'last-modified': lastModified = '' } = (await alice.asks('GET', '/userdata/a.json')).headers
  const asks = (headers: Record<string, string>) => alice.asks('GET', '/userdata/a.json', undefined, headers)
  expect((await asks({ ifNoneMatch: etag })).status).toBe(304)
  expect((await asks({ ifNoneMatch: '"other"', ifModifiedSince: lastModified })).status).toBe(200)
  expect((await asks({ ifModifiedSince: lastModified })).status).toBe(304)
  expect((await asks({ range: 'bytes=1-1', ifRange: etag })).body).toBe('b')
  expect((await asks({ range: 'bytes=1-1', ifRange: '"other"' })).body).toBe('abc')
})

test('a large file streams, whole and in part', async () => {
  await using people = await startPeople({ fileBytes: 5_000_000 })
  const alice = people.person('alice', acme)
  const large = 'abcdefghij'.repeat(300_000)
  await alice.asks('POST', '/userdata/large.txt', large)
  expect((await alice.asks('GET', '/userdata/large.txt')).body).toBe(large)
  const part = await alice.asks('GET', '/userdata/large.txt', undefined, { range: 'bytes=5-2000004' })
  expect([part.status, part.body.length, part.body.slice(0, 6)]).toEqual([206, 2_000_000, 'fghija'])
})
