/** Which bodies and fields does aiohttp read that a proxy might read otherwise? */
import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { at, finished, getJson } from './client.ts'
import { type RawRequest, rawRequest } from './raw-http.ts'
import type { TargetOf } from './target.ts'

const graph = (text: string) => `{"prompt":{"1":{"class_type":"PreviewAny","inputs":{"source":"${text}"}}}}`

const bodies: readonly (readonly [string, (text: string) => Pick<RawRequest, 'body' | 'headers'>])[] = [
  ['text/plain', (text) => ({ headers: ['Content-Type: text/plain'], body: graph(text) })],
  ['a form type', (text) => ({ headers: ['Content-Type: application/x-www-form-urlencoded'], body: graph(text) })],
  ['no type', (text) => ({ body: graph(text) })],
  ['gzip', (text) => ({ headers: ['Content-Encoding: gzip'], body: gzipSync(graph(text)) })],
  ['deflate', (text) => ({ headers: ['Content-Encoding: deflate'], body: deflateSync(graph(text)) })],
  [
    'utf-16',
    (text) => ({
      headers: ['Content-Type: application/json; charset=utf-16'],
      body: Buffer.from(`\ufeff${graph(text)}`, 'utf16le'),
    }),
  ],
  [
    'utf-7',
    (text) => ({
      headers: ['Content-Type: application/json; charset=utf-7'],
      body: graph(text).replaceAll('{', '+AHs-'),
    }),
  ],
  ['a repeated key, the last one', (text) => ({ body: `{"prompt":{},${graph(text).slice(1)}` })],
]

const multipart = (parts: readonly string[]) => ({
  method: 'POST',
  target: '/upload/image',
  headers: ['Content-Type: multipart/form-data; boundary=XX'],
  body: `${parts.map((part) => `--XX\r\nContent-Disposition: form-data; ${part}\r\n`).join('')}--XX--\r\n`,
})

export function parserContract(target: TargetOf): void {
  describe('aiohttp', () => {
    it.each(bodies)('reads a prompt sent as %s', async (name, request) => {
      const answer = await rawRequest(target(), { method: 'POST', target: '/prompt', ...request(`body as ${name}`) })
      expect(answer.status).toBe(200)
      const entry = await finished(target(), String(at(JSON.parse(answer.text), 'prompt_id')))
      expect(at(entry, 'outputs', '1', 'text')).toEqual([`body as ${name}`])
    })

    it.each([
      ['a byte order mark', Buffer.from(`\ufeff${graph('x')}`)],
      ['broken UTF-8', Buffer.concat([Buffer.from('{"prompt":"'), Buffer.from([0xff]), Buffer.from('"}')])],
      ['a trailing comma', '{"prompt":{},}'],
    ])('stumbles over %s', async (_, body) => {
      expect((await rawRequest(target(), { method: 'POST', target: '/prompt', body })).status).toBe(500)
    })

    it('keeps whole numbers of any size', async () => {
      const body = '{"prompt":{"1":{"class_type":"PreviewAny","inputs":{"source":18446744073709551615}}}}'
      const answer = await rawRequest(target(), { method: 'POST', target: '/prompt', body })
      const entry = await finished(target(), String(at(JSON.parse(answer.text), 'prompt_id')))
      expect(at(entry, 'outputs', '1', 'text')).toEqual(['18446744073709551615'])
    })

    it('takes NaN in and gives it out, which no browser can read', async () => {
      const body = '{"number":NaN,"prompt":{"1":{"class_type":"PreviewAny","inputs":{"source":"nan"}}}}'
      const answer = await rawRequest(target(), { method: 'POST', target: '/prompt', body })
      expect(answer.text).toContain('"number": NaN')
      const id = /"prompt_id": "([^"]+)"/.exec(answer.text)?.[1] ?? ''
      let text = '{}'
      while (text === '{}') text = await (await fetch(`${target().url}/history/${id}`)).text()
      expect(text).toContain('[NaN, ')
      await rawRequest(target(), { method: 'POST', target: '/history', body: JSON.stringify({ delete: [id] }) })
    })

    it('keeps __proto__ as a key like any other', async () => {
      await rawRequest(target(), { method: 'POST', target: '/settings', body: '{"__proto__":{"polluted":true}}' })
      expect((await rawRequest(target(), { target: '/settings' })).text).toContain('"__proto__": {"polluted": true}')
      expect(at(await getJson(target(), '/settings/polluted'))).toBeNull()
    })

    it.each([
      ['?limit=1&limit=0', 200],
      ['?limit=0&limit=1', 400],
      ['?%6cimit=0&limit=1', 400],
      ['?limit=1;limit=0', 400],
      ['?LIMIT=0', 200],
    ])('takes the first decoded key of /api/jobs%s', async (query, status) => {
      expect((await rawRequest(target(), { target: `/api/jobs${query}` })).status).toBe(status)
    })

    it('takes the first of two form fields', async () => {
      const parts = [
        'name="image"; filename="f.txt"\r\n\r\nx',
        'name="subfolder"\r\n\r\nfirst',
        'name="subfolder"\r\n\r\nsecond',
      ]
      const answer = await rawRequest(target(), multipart(parts))
      expect(JSON.parse(answer.text)).toMatchObject({ subfolder: 'first' })
    })

    it('prefers filename* to filename, slashes included', async () => {
      const parts = [
        `name="image"; filename="plain.txt"; filename*=UTF-8''..%2Fstarred%2Fx.txt\r\n\r\nx`,
        'name="subfolder"\r\n\r\nstarred',
      ]
      const answer = await rawRequest(target(), multipart(parts))
      expect(JSON.parse(answer.text)).toEqual({ name: '../starred/x.txt', subfolder: 'starred', type: 'input' })
    })

    it('drops a leading slash of a file name', async () => {
      const answer = await rawRequest(target(), multipart(['name="image"; filename="/slashed.txt"\r\n\r\nx']))
      expect(JSON.parse(answer.text)).toMatchObject({ name: 'slashed.txt' })
    })

    it('refuses two lengths, and a length with chunks', async () => {
      const twice = await rawRequest(target(), {
        method: 'POST',
        target: '/queue',
        body: '{}',
        headers: ['Content-Length: 3'],
      })
      const mixed = await rawRequest(target(), {
        method: 'POST',
        target: '/queue',
        body: '0\r\n\r\n',
        headers: ['Transfer-Encoding: chunked'],
      })
      expect([twice.status, mixed.status]).toEqual([400, 400])
    })
  })
}
