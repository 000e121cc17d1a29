import { describe, expect, it } from 'vitest'
import { buildForTests } from './built-web.ts'

describe('the bundles', () => {
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
