import { expect, test } from 'vitest'
import { assetCacheControl, assetType, isHashedAsset } from './asset-kind.ts'

test.each([
  ['assets/index-BJ9xkq2L.js', true],
  ['assets/vendor-three-D_4-x0aa.js', true],
  ['assets/primeicons-DMOk5skT.woff2', true],
  ['assets/manifest-x8aQqg1_.json', true],
  ['assets/sorted-custom-node-map.json', false],
  ['assets/images/default-Template1.png', false],
  ['assets/favicon.ico', false],
  ['assets/short-AAAA111.js', false],
  ['extensions/pack/assets/index-BJ9xkq2L.js', false],
  ['index-BJ9xkq2L.js', false],
  ['scripts/app.js', false],
])('that %s is hashed is %s', (path, expected) => {
  expect(isHashedAsset(path)).toBe(expected)
})

test.each([
  ['a.woff2', 'application/octet-stream', 'font/woff2'],
  ['a.JS', undefined, 'text/javascript; charset=utf-8'],
  ['a.unknown', 'x/y', 'x/y'],
  ['constructor', undefined, 'application/octet-stream'],
])('%s, called %s by ComfyUI, is %s', (path, upstream, expected) => {
  expect(assetType(path, upstream)).toBe(expected)
})

test.each([
  ['assets/index-BJ9xkq2L.js', 'public, max-age=31536000, immutable'],
  ['scripts/app.js', 'no-cache'],
  ['extensions/core/x.js', 'no-cache'],
  ['extensions/pack/x.js', 'private, no-cache'],
])('%s is cached as %s', (path, expected) => {
  expect(assetCacheControl(path)).toBe(expected)
})
