/** Where do uploads land, and what does /view show? */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodePng, encodePng } from '../practice-comfyui/nodes/png.ts'
import { at, runPrompt } from './client.ts'
import { previewImage } from './graphs.ts'
import { rawRequest } from './raw-http.ts'
import type { Target, TargetOf } from './target.ts'

interface Upload {
  readonly filename?: string
  readonly content?: string | Buffer
  readonly fields?: Readonly<Record<string, string>>
}

async function upload(target: Target, { filename, content = 'hello', fields = {} }: Upload, route = 'image') {
  const form = new FormData()
  const bytes = new Blob([new Uint8Array(Buffer.from(content))])
  if (filename === undefined) form.append('image', Buffer.from(content).toString())
  else form.append('image', bytes, filename)
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  const answer = await fetch(`${target.url}/upload/${route}`, { method: 'POST', body: form })
  const text = await answer.text()
  return { status: answer.status, body: answer.status === 200 ? JSON.parse(text) : text }
}

function picture(red: number, alpha: number): Buffer {
  const pixels = new Uint8Array(4 * 4 * 4).map((_, index) => [red, 20, 30, alpha][index % 4] ?? 0)
  return encodePng({ width: 4, height: 4, channels: 4, pixels }, new Map([['workflow', '{"id": "hidden"}']]))
}

export function filesContract(target: TargetOf): void {
  describe('an upload', () => {
    it('lands in the input folder, in the subfolder named', async () => {
      const answer = await upload(target(), { filename: 'a.txt', fields: { subfolder: 'up' } })
      expect(answer).toEqual({ status: 200, body: { name: 'a.txt', subfolder: 'up', type: 'input' } })
      expect(readFileSync(join(target().baseDirectory, 'input', 'up', 'a.txt'), 'utf8')).toBe('hello')
    })

    it('keeps its name for the same bytes and gets a number for others', async () => {
      await upload(target(), { filename: 'b.txt' })
      expect((await upload(target(), { filename: 'b.txt' })).body).toMatchObject({ name: 'b.txt' })
      expect((await upload(target(), { filename: 'b.txt', content: 'other' })).body).toMatchObject({
        name: 'b (1).txt',
      })
      const replaced = await upload(target(), { filename: 'b.txt', content: 'new', fields: { overwrite: 'true' } })
      expect(replaced.body).toMatchObject({ name: 'b.txt' })
      expect(readFileSync(join(target().baseDirectory, 'input', 'b.txt'), 'utf8')).toBe('new')
    })

    it('may name output and temp, and nothing else', async () => {
      expect((await upload(target(), { filename: 'o.txt', fields: { type: 'output' } })).body).toMatchObject({
        type: 'output',
      })
      expect((await upload(target(), { filename: 't.txt', fields: { type: 'temp' } })).body).toMatchObject({
        type: 'temp',
      })
      expect((await upload(target(), { filename: 'x.txt', fields: { type: 'models' } })).status).toBe(500)
    })

    it('is refused outside its root', async () => {
      expect((await upload(target(), { filename: 'x.txt', fields: { subfolder: '../..' } })).status).toBe(400)
    })

    it('escapes its subfolder through the file name', async () => {
      await upload(target(), { filename: 'x.txt', fields: { subfolder: 'victim' } })
      const head = 'Content-Disposition: form-data; name='
      const parts = [
        `${head}"image"; filename="../victim/planted.txt"\r\n\r\nplanted`,
        `${head}"subfolder"\r\n\r\nattacker`,
      ]
      const body = `${parts.map((part) => `--XX\r\n${part}\r\n`).join('')}--XX--\r\n`
      const headers = ['Content-Type: multipart/form-data; boundary=XX']
      const answer = await rawRequest(target(), { method: 'POST', target: '/upload/image', headers, body })
      expect(answer.status).toBe(200)
      expect(existsSync(join(target().baseDirectory, 'input', 'victim', 'planted.txt'))).toBe(true)
    })

    it('needs a file under the name image', async () => {
      expect((await upload(target(), {})).status).toBe(500)
      expect((await rawRequest(target(), { method: 'POST', target: '/upload/image', body: '' })).status).toBe(400)
    })

    it('of a mask takes pixels and metadata from any file it names', async () => {
      await upload(target(), { filename: 'secret.png', content: picture(200, 255), fields: { subfolder: 'alice' } })
      const reference = JSON.stringify({ filename: 'alice/secret.png [input]' })
      const answer = await upload(
        target(),
        { filename: 'mask.png', content: picture(0, 77), fields: { original_ref: reference, subfolder: 'bob' } },
        'mask',
      )
      expect(answer.body).toEqual({ name: 'mask.png', subfolder: 'bob', type: 'input' })
      const saved = decodePng(readFileSync(join(target().baseDirectory, 'input', 'bob', 'mask.png')))
      expect([...saved.pixels.subarray(0, 4)]).toEqual([200, 20, 30, 77])
      expect(saved.text.get('workflow')).toBe('{"id": "hidden"}')
    })

    it('of a mask says 200 when nothing was written', async () => {
      const reference = JSON.stringify({ filename: 'nowhere.png', type: 'input' })
      const answer = await upload(
        target(),
        { filename: 'unwritten.png', content: picture(0, 1), fields: { original_ref: reference } },
        'mask',
      )
      expect(answer.status).toBe(200)
      expect(existsSync(join(target().baseDirectory, 'input', 'unwritten.png'))).toBe(false)
    })
  })

  describe('/view', () => {
    const put = (name: string, content: string | Buffer) =>
      writeFileSync(join(target().baseDirectory, 'input', name), content)
    const view = (query: string, headers: readonly string[] = []) =>
      rawRequest(target(), { target: `/view?${query}`, headers })

    it('sends a file with validators and no caching advice', async () => {
      put('v.txt', 'hello')
      const answer = await view('filename=v.txt&type=input')
      expect([answer.status, answer.text]).toEqual([200, 'hello'])
      const names = ['content-type', 'content-disposition', 'x-content-type-options', 'accept-ranges', 'cache-control']
      expect(names.map((name) => answer.headers.get(name))).toEqual([
        'text/plain',
        'filename="v.txt"',
        'nosniff',
        'bytes',
        undefined,
      ])
      expect(answer.headers.get('etag')).toMatch(/^"[0-9a-f]+-5"$/)
      expect(answer.headers.get('last-modified')).toMatch(/GMT$/)
    })

    it('answers conditions', async () => {
      put('c.txt', 'hello')
      const first = await view('filename=c.txt&type=input')
      const again = await view('filename=c.txt&type=input', [`If-None-Match: ${first.headers.get('etag')}`])
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', first.headers.get('etag')])
      expect((await view('filename=c.txt&type=input', ['If-Match: "x"'])).status).toBe(412)
      expect(
        (await view('filename=c.txt&type=input', ['If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT'])).status,
      ).toBe(304)
    })

    it.each([
      ['bytes=1-2', 206, 'el', 'bytes 1-2/5'],
      ['bytes=-2', 206, 'lo', 'bytes 3-4/5'],
      ['bytes=1-', 206, 'ello', 'bytes 1-4/5'],
      ['bytes=0-99', 206, 'hello', 'bytes 0-4/5'],
      ['bytes=9-', 416, '', 'bytes */5'],
      ['bytes=x', 416, '', 'bytes */5'],
    ])('answers Range: %s with %i', async (range, status, text, contentRange) => {
      put('r.txt', 'hello')
      const answer = await view('filename=r.txt&type=input', [`Range: ${range}`])
      expect([answer.status, answer.text, answer.headers.get('content-range')]).toEqual([status, text, contentRange])
    })

    it.each([
      ['', 404],
      ['filename=', 400],
      ['filename=nope.png', 404],
      ['filename=v.txt&type=zzz', 400],
      ['filename=../v.txt&type=input', 400],
      ['filename=/etc/hostname', 400],
      ['filename=v.txt&type=input&subfolder=../..', 403],
      ['filename=a%00b', 404],
    ])('answers ?%s with %i', async (query, status) => {
      expect((await view(query)).status).toBe(status)
    })

    it('believes an annotation more than the type, and drops the folder of a name', async () => {
      put('n.txt', 'annotated')
      expect((await view('filename=n.txt%20%5Binput%5D&type=output')).text).toBe('annotated')
      expect((await view('filename=any/where/n.txt&type=input')).text).toBe('annotated')
      expect((await view('filename=n.txt&type=output&subfolder=../input/../output/../input')).status).toBe(403)
      expect((await view(`filename=n.txt&type=input&subfolder=${join(target().baseDirectory, 'input')}`)).text).toBe(
        'annotated',
      )
    })

    it('makes a download of what could run, but for SVG in an img', async () => {
      put('x.svg', '<svg/>')
      const opened = await view('filename=x.svg&type=input')
      expect(opened.headers.get('content-disposition')).toBe('attachment; filename="x.svg"')
      expect([opened.headers.get('content-type'), opened.headers.get('cache-control')]).toEqual([
        'application/octet-stream',
        'no-store',
      ])
      const shown = await view('filename=x.svg&type=input', ['Sec-Fetch-Dest: image'])
      expect([shown.headers.get('content-type'), shown.headers.get('vary')]).toEqual([
        'image/svg+xml',
        'Sec-Fetch-Dest',
      ])
    })

    it('re-encodes for preview and channel, and fails on what is no picture', async () => {
      put('p.png', picture(120, 40))
      const preview = await view('filename=p.png&type=input&preview=webp;80')
      expect([preview.headers.get('content-type'), preview.body.toString('latin1', 8, 12)]).toEqual([
        'image/webp',
        'WEBP',
      ])
      const rgb = decodePng((await view('filename=p.png&type=input&channel=rgb')).body)
      expect([rgb.hasAlpha, ...rgb.pixels.subarray(0, 3)]).toEqual([false, 120, 20, 30])
      const alpha = decodePng((await view('filename=p.png&type=input&channel=a')).body)
      expect(alpha.pixels[3]).toBe(40)
      put('p.txt', 'no picture')
      expect((await view('filename=p.txt&type=input&preview=webp')).status).toBe(500)
    })
  })

  describe('LoadImage', () => {
    it('reads any folder by annotation, and any file inside by its absolute path', async () => {
      writeFileSync(join(target().baseDirectory, 'input', 'own.png'), picture(5, 255))
      writeFileSync(join(target().baseDirectory, 'output', 'foreign.png'), picture(6, 255))
      for (const image of ['own.png', 'foreign.png [output]', join(target().baseDirectory, 'input', 'own.png')]) {
        const graph = { '1': { class_type: 'LoadImage', inputs: { image } }, '2': previewImage('1') }
        expect(at(await runPrompt(target(), graph), 'status', 'status_str')).toBe('success')
      }
    })
  })
}
