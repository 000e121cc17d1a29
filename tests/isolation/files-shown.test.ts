import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onePixel } from '../support/graphs.ts'
import { cannotTell } from '../support/verdicts.ts'
import { createWorld, type World } from '../support/world.ts'

const text = 'zero one two three'
const markup = '<html><script>document.title = "ran"</script></html>'
const seed = '18446744073709551615_00001_.png'

let world: World
beforeAll(async () => {
  world = await createWorld()
  for (const [name, bytes] of [
    ['story.txt', text],
    [seed, onePixel],
    ['\u00e4 \u{1f600}.png', onePixel],
    ['page.html', markup],
    ['drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'],
    ['page.html.png', markup],
  ] as const) {
    expect((await world.alice.uploads(name, Buffer.from(bytes), { subfolder: 'pasted' })).status, name).toBe(200)
  }
})
afterAll(() => world[Symbol.asyncDispose]())

type Headers = Readonly<Record<string, string>>

function view(query: Readonly<Record<string, string>>, headers: Headers = {}, method = 'GET', prefix = '') {
  const path = `${prefix}/view?${new URLSearchParams({ type: 'input', subfolder: 'pasted', ...query })}`
  return world.alice.fetch(path, { headers, method })
}

async function status(query: Readonly<Record<string, string>>, headers: Headers = {}): Promise<number> {
  return (await view(query, headers)).status
}

describe('an own file is found by every spelling of its place', () => {
  it.each([
    [{ subfolder: 'pasted/' }],
    [{ subfolder: './pasted' }],
    [{ subfolder: 'pasted/.' }],
    [{ subfolder: 'pasted//' }],
    [{ filename: 'story.txt [input]', type: 'output' }],
    [{ filename: 'story.txt [input]', type: 'temp' }],
    [{ filename: 'elsewhere/story.txt' }],
  ])('%j', async (query) => {
    for (const prefix of ['', '/api']) {
      const answer = await view({ filename: 'story.txt', ...query }, {}, 'GET', prefix)
      expect(await answer.text()).toBe(text)
    }
  })

  it.each([
    [{ subfolder: '' }],
    [{ subfolder: '/pasted' }],
    [{ subfolder: 'x/../pasted' }],
    [{ subfolder: 'pasted\\' }],
    [{ subfolder: 'PASTED' }],
    [{ filename: 'story.txt[input]', type: 'output' }],
    [{ filename: 'story.txt\0' }],
    [{ filename: 'story.txt/' }],
    [{ filename: `${'x'.repeat(300)}.png` }],
    [{ filename: 'undefined' }],
    [{ type: 'models' }],
    [{ type: 'INPUT' }],
    [{ filename: `blake3:${'0'.repeat(64)}` }],
    [{ filename: `BLAKE3:${'0'.repeat(64)} [input]` }],
  ])('and by no other: %j', async (query) => {
    expect([400, 404]).toContain(await status({ filename: 'story.txt', ...query }))
  })
})

describe('what is not there looks the same for every reason', () => {
  it('whether it is of another tenant, of nobody, or no name at all', async () => {
    await cannotTell(
      world,
      world.bob,
      { path: '/view?type=input&subfolder=pasted&filename={id}' },
      seed,
      '1_00001_.png',
    )
    const seen = async (query: string) => {
      const answer = await world.bob.fetch(`/view?${query}`)
      const { date: _date, ...headers } = Object.fromEntries(answer.headers)
      return { status: answer.status, headers, body: await answer.text() }
    }
    const foreign = await seen(`type=input&subfolder=pasted&filename=${seed}`)
    expect(foreign.status).toBe(404)
    for (const query of [
      `type=input&filename=blake3:${'0'.repeat(64)}`,
      'type=temp&filename=preview_00.png',
      'type=input&subfolder=..%2Fx&filename=x.png',
      `type=input&subfolder=pasted&filename=${seed}&preview=webp`,
    ])
      expect(await seen(query), query).toEqual(foreign)
  })

  it.each<[string, Headers]>([
    ['a range', { range: 'bytes=0-1' }],
    ['a condition', { 'if-none-match': '*' }],
    ['a date', { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }],
    ['a picture', { 'sec-fetch-dest': 'image' }],
  ])('also to %s, and without a body', async (_name, headers) => {
    for (const method of ['GET', 'HEAD']) {
      const ask = async (filename: string) => {
        const answer = await world.bob.fetch(`/view?type=input&subfolder=pasted&filename=${filename}`, {
          method,
          headers,
        })
        const { date: _date, ...rest } = Object.fromEntries(answer.headers)
        return { status: answer.status, rest, body: await answer.text() }
      }
      expect(await ask('story.txt')).toEqual(await ask('never-was.txt'))
      expect((await ask('story.txt')).status).toBe(404)
      const own = await world.alice.fetch('/view?type=input&subfolder=pasted&filename=story.txt', { method, headers })
      expect(own.status).toBeLessThan(400)
      await own.text()
    }
  })
})

describe('an own file is read in parts and when it changed', () => {
  it.each([
    ['bytes=0-3', 206, 'zero', `bytes 0-3/${text.length}`],
    ['bytes=5-', 206, 'one two three', `bytes 5-17/${text.length}`],
    ['bytes=-5', 206, 'three', `bytes 13-17/${text.length}`],
    ['bytes=0-9999', 206, text, `bytes 0-17/${text.length}`],
    ['bytes=0-1,3-4', 416, '', `bytes */${text.length}`],
    ['bytes=99-', 416, '', `bytes */${text.length}`],
    ['bytes=3-1', 416, '', `bytes */${text.length}`],
    ['lines=0-1', 416, '', `bytes */${text.length}`],
  ])('for the range %s', async (range, expected, body, told) => {
    const answer = await view({ filename: 'story.txt' }, { range })
    expect([answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([expected, body, told])
  })

  it('and is not sent again when it did not change', async () => {
    const first = await view({ filename: 'story.txt' })
    const [etag, changed] = [first.headers.get('etag') ?? '', first.headers.get('last-modified') ?? '']
    expect(await first.text()).toBe(text)
    expect(await status({ filename: 'story.txt' }, { 'if-none-match': etag })).toBe(304)
    expect(await status({ filename: 'story.txt' }, { 'if-none-match': '"other"' })).toBe(200)
    expect(await status({ filename: 'story.txt' }, { 'if-modified-since': changed })).toBe(304)
    const earlier = 'Sat, 01 Jan 2000 00:00:00 GMT'
    expect(await status({ filename: 'story.txt' }, { 'if-modified-since': earlier })).toBe(200)
    expect(await status({ filename: 'story.txt' }, { range: 'bytes=0-1', 'if-range': changed })).toBe(206)
    expect(await status({ filename: 'story.txt' }, { range: 'bytes=0-1', 'if-range': earlier })).toBe(200)
  })

  it('and HEAD tells the same without the body', async () => {
    const [whole, head] = [await view({ filename: 'story.txt' }), await view({ filename: 'story.txt' }, {}, 'HEAD')]
    for (const name of ['content-length', 'content-type', 'content-disposition', 'etag', 'last-modified'])
      expect(head.headers.get(name), name).toBe(whole.headers.get(name))
    expect([await head.text(), await whole.text()]).toEqual(['', text])
  })
})

describe('an own file never comes as a page', () => {
  const answerTo = async (query: Readonly<Record<string, string>>, destination: string) => {
    const answer = await view(query, { 'sec-fetch-dest': destination })
    await answer.arrayBuffer()
    return {
      status: answer.status,
      type: answer.headers.get('content-type'),
      disposition: answer.headers.get('content-disposition'),
      sniff: answer.headers.get('x-content-type-options'),
      policy: answer.headers.get('content-security-policy')?.split(';')[0],
    }
  }
  const always = { status: 200, sniff: 'nosniff', policy: 'sandbox' }

  it.each([
    ['page.html', 'document', 'application/octet-stream', 'attachment; filename="page.html"'],
    ['drawing.svg', 'document', 'application/octet-stream', 'attachment; filename="drawing.svg"'],
    ['drawing.svg', 'image', 'image/svg+xml', 'attachment; filename="drawing.svg"'],
    ['page.html.png', 'document', 'image/png', 'filename="page.html.png"'],
    ['story.txt', 'document', 'text/plain; charset=utf-8', 'filename="story.txt"'],
    [seed, 'image', 'image/png', `filename="${seed}"`],
    ['\u00e4 \u{1f600}.png', 'image', 'image/png', 'filename="_ __.png"; filename*=UTF-8\'\'%C3%A4%20%F0%9F%98%80.png'],
  ])('%s for %s', async (filename, destination, type, disposition) => {
    expect(await answerTo({ filename }, destination)).toEqual({ ...always, type, disposition })
  })

  it.each([
    [{ preview: 'webp;90' }, 'image/webp'],
    [{ preview: '' }, 'image/webp'],
    [{ preview: 'text/html' }, 'image/webp'],
    [{ channel: 'rgb' }, 'image/png'],
    [{ channel: 'a' }, 'image/png'],
  ])('nor through an encoding of its own: %j', async (query, type) => {
    const shown = await answerTo({ filename: seed, ...query }, 'document')
    expect(shown).toEqual({ ...always, type, disposition: `filename="${seed}"` })
    const spoilt = await view({ filename: 'page.html', ...query })
    expect(spoilt.status).toBe(500)
    expect(spoilt.headers.get('content-type')).toBe('application/octet-stream')
    expect(await spoilt.text()).not.toContain('script')
  })

  it('nor under a name with quotes that ComfyUI itself wrote', async () => {
    const folder = join(world.practice.baseDirectory, 'output', world.alice.folderKey)
    mkdirSync(folder, { recursive: true })
    const name = 'x"; attachment; filename=".html'
    writeFileSync(join(folder, name), markup)
    const shown = await answerTo({ type: 'output', subfolder: '', filename: name }, 'document')
    expect(shown).toEqual({
      ...always,
      type: 'application/octet-stream',
      disposition:
        'attachment; filename="x__ attachment_ filename=_.html"; filename*=UTF-8\'\'x%22%3B%20attachment%3B%20filename%3D%22.html',
    })
  })

  it('nor as a saved user file', async () => {
    for (const [name, type] of [
      ['page.html', 'application/octet-stream'],
      ['drawing.svg', 'application/octet-stream'],
      ['script.js', 'application/octet-stream'],
    ] as const) {
      expect((await world.alice.fetch(`/userdata/${name}`, { method: 'POST', body: markup })).status).toBe(200)
      const answer = await world.alice.fetch(`/userdata/${name}`)
      expect(answer.headers.get('content-type')).toBe(type)
      expect(answer.headers.get('content-disposition')).toBe('attachment')
      expect(answer.headers.get('content-security-policy')).toContain('sandbox')
      await answer.text()
    }
  })
})
