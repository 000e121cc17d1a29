/** What does Gatehouse cost a page before anything of the page runs? Judged with every check: a line more may be too many. */
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { bundleInject } from '../../scripts/build/browser-bundles.ts'

/** Bytes that opening the stock UI may cost because of us. */
const budgetBytes = 6 * 1024

it('the page script adds less than 6 KB to a page, whichever compression the browser takes', async () => {
  const text = await bundleInject(join(import.meta.dirname, '../..'))
  expect(gzipSync(text, { level: 9 }).byteLength).toBeLessThan(budgetBytes)
  expect(brotliCompressSync(text).byteLength).toBeLessThan(budgetBytes)
})
