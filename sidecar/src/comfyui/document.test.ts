import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { CanonicalRequest } from '../policy/canonical-request.ts'
import { createDocument, injectScript, scriptTag } from './document.ts'

const tag = '<script src="x"></script>'

test.each([
  ['<!doctype html><html><head><meta></head>', `<!doctype html><html><head>${tag}<meta></head>`],
  ['<HTML><HEAD lang="a>b"><title>', `<HTML><HEAD lang="a>b">${tag}<title>`],
  ['<!-- <head> --><head\n>x', `<!-- <head> --><head\n>${tag}x`],
  ['<header>x</header><head>y', `<header>x</header><head>${tag}y`],
  ['\n<!DOCTYPE html><p>no head', `\n<!DOCTYPE html>${tag}<p>no head`],
  ['plain', `${tag}plain`],
])('%j gets the script first', (html, expected) => {
  expect(Buffer.from(injectScript(Buffer.from(html), tag)).toString()).toBe(expected)
})

test('bytes that are no ASCII stay as they are', () => {
  const html = Buffer.from('<title>\u65e5\u672c</title><head>\u{1f431}')
  expect(Buffer.from(injectScript(html, tag)).toString()).toBe(`<title>\u65e5\u672c</title><head>${tag}\u{1f431}`)
})

test('a head beyond the first 64 KB is not looked for', () => {
  const html = `<!doctype html>${' '.repeat(70_000)}<head>`
  expect(
    Buffer.from(injectScript(Buffer.from(html), tag))
      .toString()
      .startsWith(`<!doctype html>${tag}`),
  ).toBe(true)
})

test('no name can leave its attribute', () => {
  const made = scriptTag({ src: '/g/inject.js', page: 'p', csrf: 'c', user: '"><script>alert(1)</script>\'&' })
  expect(made).toBe(
    '<script src="/g/inject.js" data-page="p" data-csrf="c" data-user="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;"></script>',
  )
})

test('the page is stored by nobody and compressed for who asks', async () => {
  const headers = new Map([['content-type', 'text/html']])
  const fetchUpstream = async () => ({ status: 200, headers, body: Buffer.from('<head>') })
  const request: CanonicalRequest = {
    method: 'GET',
    segments: [''],
    underApi: false,
    path: '',
    query: new Map(),
    headers: { acceptEncoding: 'gzip' },
  }
  const answer = await createDocument({ fetchUpstream }).answer(request, tag, {
    'content-security-policy': "frame-ancestors 'none'",
  })
  if (answer.kind !== 'bytes') throw new Error('not bytes')
  expect(gunzipSync(answer.body).toString()).toBe(`<head>${tag}`)
  expect(answer.headers).toMatchObject({
    'cache-control': 'no-store',
    'content-encoding': 'gzip',
    vary: 'Accept-Encoding',
    'content-security-policy': "frame-ancestors 'none'",
  })
})
