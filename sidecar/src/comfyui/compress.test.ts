import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { compress, negotiate } from './compress.ts'

test.each([
  [undefined, 'identity'],
  ['', 'identity'],
  ['gzip', 'gzip'],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, zstd', 'zstd'],
  ['GZIP', 'gzip'],
  ['br;q=0.5, gzip;q=0.8', 'gzip'],
  ['br;q=0, gzip;q=0', 'identity'],
  ['br; q=0.000', 'identity'],
  ['*', 'br'],
  ['*;q=0', 'identity'],
  ['br;q=0, *', 'zstd'],
  ['identity', 'identity'],
  ['identity;q=1, gzip;q=0.5', 'identity'],
  ['identity;q=0.5, gzip;q=1', 'gzip'],
  ['deflate, compress', 'identity'],
  ['gzip;q=nonsense', 'identity'],
  ['brotli', 'identity'],
])('Accept-Encoding %j is answered in %s', (header, coding) => {
  expect(negotiate(header)).toBe(coding)
})

test('every coding gives the bytes back', async () => {
  const bytes = Buffer.from('ComfyUI '.repeat(1000))
  expect(brotliDecompressSync(await compress(bytes, 'br'))).toEqual(bytes)
  expect(zstdDecompressSync(await compress(bytes, 'zstd'))).toEqual(bytes)
  expect(gunzipSync(await compress(bytes, 'gzip'))).toEqual(bytes)
  expect(await compress(bytes, 'identity')).toBe(bytes)
})
