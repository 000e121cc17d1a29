/** What do userdata, settings and users promise? Single-user mode, as ComfyUI comes. */
import { describe, expect, it } from 'vitest'
import { getJson, postJson } from './client.ts'
import { rawRequest } from './raw-http.ts'
import type { TargetOf } from './target.ts'

export function userdataContract(target: TargetOf): void {
  const send = (method: string, path: string, body = '') => rawRequest(target(), { method, target: path, body })
  const get = (path: string) => rawRequest(target(), { target: path })

  describe('userdata', () => {
    it('stores under a name with an encoded slash', async () => {
      const stored = await send('POST', '/userdata/flows%2Fa.json', '{"v":1}')
      expect([stored.status, stored.text]).toEqual([200, '"flows/a.json"'])
      const read = await get('/userdata/flows%2Fa.json')
      expect(read.text).toBe('{"v":1}')
      const names = ['content-type', 'content-disposition', 'x-content-type-options']
      expect(names.map((name) => read.headers.get(name))).toEqual(['application/json', 'attachment', 'nosniff'])
    })

    it('keeps what is there when told not to overwrite', async () => {
      await send('POST', '/userdata/keep.json', 'one')
      const refused = await send('POST', '/userdata/keep.json?overwrite=false', 'two')
      expect([refused.status, refused.text]).toEqual([409, 'File already exists'])
      expect((await get('/userdata/keep.json')).text).toBe('one')
    })

    it('tells everything about a file when asked', async () => {
      const stored = await send('POST', '/userdata/info.json?full_info=true', '12345678')
      expect(JSON.parse(stored.text)).toEqual({
        path: 'info.json',
        size: 8,
        modified: expect.any(Number),
        created: expect.any(Number),
      })
    })

    it('lists a folder relative to it, flat, deep, split or in full', async () => {
      await send('POST', '/userdata/list%2Fx.json', 'x')
      await send('POST', '/userdata/list%2Fsub%2Fy.json', 'yy')
      const list = async (query: string) => JSON.parse((await get(`/userdata?dir=list${query}`)).text)
      expect(await list('')).toEqual(['x.json'])
      expect(new Set(await list('&recurse=true'))).toEqual(new Set(['x.json', 'sub/y.json']))
      expect(await list('&recurse=true&split=true')).toContainEqual(['sub/y.json', 'sub', 'y.json'])
      expect(await list('&full_info=true')).toMatchObject([{ path: 'x.json', size: 1 }])
    })

    it.each([
      ['/userdata', 400, 'Directory not provided'],
      ['/userdata?dir=nowhere', 404, 'Directory not found'],
      ['/userdata?dir=../x', 403, 'Invalid directory'],
      ['/userdata?dir=..%252Fx', 403, 'Invalid directory'],
      ['/v2/userdata?path=nowhere', 404, 'Requested path not found'],
      ['/v2/userdata?path=../x', 400, 'Invalid path requested'],
      ['/v2/userdata?path=%25252e%25252e%25252fx', 400, 'Invalid path requested'],
    ])('answers %s with %i', async (path, status, text) => {
      const answer = await get(path)
      expect([answer.status, answer.text]).toEqual([status, text])
    })

    it('walks the whole tree in v2, folders first', async () => {
      await send('POST', '/userdata/tree%2Fb.txt', 'b')
      await send('POST', '/userdata/tree%2Fzz%2Fa.txt', 'a')
      const found = JSON.parse((await get('/v2/userdata?path=tree')).text)
      expect(found).toEqual([
        { name: 'zz', path: 'tree/zz', type: 'directory' },
        { name: 'a.txt', path: 'tree/zz/a.txt', type: 'file', size: 1, modified: expect.any(Number) },
        { name: 'b.txt', path: 'tree/b.txt', type: 'file', size: 1, modified: expect.any(Number) },
      ])
    })

    it('moves files and whole folders', async () => {
      await send('POST', '/userdata/move%2Fa.txt', 'a')
      const moved = await send('POST', '/userdata/move%2Fa.txt/move/move%2Fb.txt')
      expect([moved.status, moved.text]).toEqual([200, '"move/b.txt"'])
      expect((await send('POST', '/userdata/move%2Fa.txt/move/x')).status).toBe(404)
      expect((await send('POST', '/userdata/move/move/moved')).text).toBe('"moved"')
      expect((await get('/userdata/moved%2Fb.txt')).text).toBe('a')
      await send('POST', '/userdata/taken.txt', 't')
      expect((await send('POST', '/userdata/moved%2Fb.txt/move/taken.txt?overwrite=false')).status).toBe(409)
    })

    it('deletes files, and stumbles over folders', async () => {
      await send('POST', '/userdata/gone%2Fx.txt', 'x')
      expect((await send('DELETE', '/userdata/gone')).status).toBe(500)
      const deleted = await send('DELETE', '/userdata/gone%2Fx.txt')
      expect([deleted.status, deleted.text]).toEqual([204, ''])
      expect((await send('DELETE', '/userdata/gone%2Fx.txt')).status).toBe(404)
    })

    it('refuses to leave the user, however the dots are written', async () => {
      for (const name of ['..%2F..%2Fx', '%252e%252e%252f%252e%252e%252fx', '..%2f..%2fx']) {
        expect((await get(`/userdata/${name}`)).status).toBe(403)
      }
    })

    it('decodes a name twice when it still holds a percent sign', async () => {
      await send('POST', '/userdata/twice%2Fa.json', 'found')
      expect((await get('/userdata/twice%252Fa.json')).text).toBe('found')
    })

    it('shows user.css inline and no other page content', async () => {
      await send('POST', '/userdata/user.css', 'a{}')
      const css = await get('/userdata/user.css')
      expect([css.headers.get('content-type'), css.headers.get('content-disposition')]).toEqual(['text/css', 'inline'])
      await send('POST', '/userdata/page.html', '<b>')
      expect((await get('/userdata/page.html')).headers.get('content-type')).toBe('application/octet-stream')
    })
  })

  describe('settings', () => {
    it('are merged by key and read one by one', async () => {
      expect(await postJson(target(), '/settings', { a: 1, nested: { b: [1.5] } })).toEqual({
        status: 200,
        body: undefined,
      })
      await postJson(target(), '/settings/x.y', true)
      expect(await getJson(target(), '/settings')).toMatchObject({ a: 1, nested: { b: [1.5] }, 'x.y': true })
      expect(await getJson(target(), '/settings/x.y')).toBe(true)
      expect(await getJson(target(), '/settings/absent')).toBeNull()
    })

    it('are a file of the userdata', async () => {
      await postJson(target(), '/settings', { shared: 'yes' })
      expect(JSON.parse((await get('/userdata/comfy.settings.json')).text)).toMatchObject({ shared: 'yes' })
    })
  })

  describe('users', () => {
    it('are told apart by the form of the answer', async () => {
      expect(await getJson(target(), '/users')).toEqual({ storage: 'server', migrated: expect.any(Boolean) })
    })

    it('can be created by anybody', async () => {
      const name = `bob ${crypto.randomUUID().slice(0, 8)}`
      const created = await postJson(target(), '/users', { username: name })
      expect([created.status, created.body]).toEqual([200, expect.stringMatching(/^bob-[0-9a-f]{8}_[0-9a-f-]{36}$/)])
      expect(await postJson(target(), '/users', { username: name })).toEqual({
        status: 400,
        body: { error: 'Duplicate username.' },
      })
      expect(await postJson(target(), '/users', { username: ' ' })).toEqual({
        status: 400,
        body: { error: 'username not provided' },
      })
      expect(await postJson(target(), '/users', { username: '__x' })).toEqual({
        status: 400,
        body: { error: 'System User prefix not allowed' },
      })
    })
  })
}
