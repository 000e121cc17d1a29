import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { bundleInject } from '../../scripts/build/browser-bundles.ts'
import { buildForTests } from './built-web.ts'

/** Bytes that opening the stock UI may cost because of us. */
const injectBudgetBytes = 6 * 1024

describe('the bundles', () => {
  it('add less than 6 KB to a page, whichever compression the browser takes', async () => {
    const text = await bundleInject(join(import.meta.dirname, '../..'))
    expect(gzipSync(text, { level: 9 }).byteLength).toBeLessThan(injectBudgetBytes)
    expect(brotliCompressSync(text).byteLength).toBeLessThan(injectBudgetBytes)
  })

  it('have no eval and name no other host', async () => {
    const web = await buildForTests()
    const paths = [web.injectUrl, '/extensions/gatehouse/extension.js']
    const texts = paths.map((path) => web.find(path)?.content.toString('utf8') ?? '')
    for (const text of texts) {
      expect(text.length).toBeGreaterThan(1_000)
      expect(text).not.toMatch(/\beval\(|new Function|https?:\/\//)
    }
  })
})
