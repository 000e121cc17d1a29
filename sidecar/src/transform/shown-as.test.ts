import { describe, expect, it } from 'vitest'
import { contentDisposition, endingOf, shownAs } from './shown-as.ts'

describe('shownAs', () => {
  it.each([
    ['a.png', 'image/png'],
    ['A.JPG', 'image/jpeg'],
    ['a.b.webm', 'video/webm'],
    ['a.flac', 'audio/flac'],
    ['a.txt', 'text/plain; charset=utf-8'],
    ['a.json', 'application/json'],
    ['a.glb', 'model/gltf-binary'],
  ])('shows %s inline as %s', (filename, type) => {
    expect(shownAs(filename, 'document')).toEqual({ type, isDownload: false })
  })

  it.each([
    ...['html', 'HTM', 'xhtml', 'xht', 'shtml', 'mht', 'mhtml', 'xml', 'xsl', 'rss', 'js', 'mjs', 'css', 'pdf', 'swf'],
    ...['wasm', 'zip', 'latent', 'safetensors', 'manifest', 'appcache', 'hta', 'exe', '__proto__', 'constructor'],
  ])('hands a .%s out as a plain download', (ending) => {
    expect(shownAs(`a.${ending}`, 'image')).toEqual({ type: 'application/octet-stream', isDownload: true })
  })

  it.each(['html', '.html', 'a.png.html', 'a.html.', 'a', ''])('hands out %j as a plain download', (filename) => {
    expect(shownAs(filename, undefined)).toEqual({ type: 'application/octet-stream', isDownload: true })
  })

  it.each([
    ['image', 'image/svg+xml'],
    [undefined, 'image/svg+xml'],
    ['document', 'application/octet-stream'],
    ['iframe', 'application/octet-stream'],
    ['object', 'application/octet-stream'],
    ['embed', 'application/octet-stream'],
    ['empty', 'application/octet-stream'],
  ])('lets a drawing be a picture for %s only, and never a page', (destination, type) => {
    expect(shownAs('a.SVG', destination)).toEqual({ type, isDownload: true })
  })
})

describe('contentDisposition', () => {
  it.each([
    ['x.png', false, 'filename="x.png"'],
    ['x y (1).png', false, 'filename="x y (1).png"'],
    ['x.html', true, 'attachment; filename="x.html"'],
    ['a"; x=".png', false, 'filename="a__ x=_.png"; filename*=UTF-8\'\'a%22%3B%20x%3D%22.png'],
    ['\u00e4\u{1f600}.png', false, 'filename="___.png"; filename*=UTF-8\'\'%C3%A4%F0%9F%98%80.png'],
    ["it's*.png", false, 'filename="it\'s*.png"'],
    ["it's\u00e4*.png", false, "filename=\"it's_*.png\"; filename*=UTF-8''it%27s%C3%A4%2A.png"],
    ['a\r\nSet-Cookie: x', false, 'filename="a__Set-Cookie: x"; filename*=UTF-8\'\'a%0D%0ASet-Cookie%3A%20x'],
    ['\ud800.png', false, 'filename="_.png"; filename*=UTF-8\'\'%EF%BF%BD.png'],
  ])('names %j', (filename, isDownload, expected) => {
    expect(contentDisposition(filename, isDownload)).toBe(expected)
  })
})

describe('endingOf', () => {
  it.each([
    ['a.PNG', 'png'],
    ['a', ''],
    ['a.', ''],
    ['.png', 'png'],
  ])('of %j is %j', (filename, ending) => {
    expect(endingOf(filename)).toBe(ending)
  })
})
