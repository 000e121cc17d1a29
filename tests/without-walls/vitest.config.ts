/** How do tests run in a world without walls? As always, but behind the holes of that world. */
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['tests/isolation/*.test.ts', 'tests/attacks/suite.test.ts', 'tests/without-walls/*.test.ts'],
    setupFiles: ['door', 'prompts', 'events'].map((place) => join(import.meta.dirname, `holes-in-${place}.ts`)),
    pool: 'forks',
    isolate: false,
    maxWorkers: 2,
    testTimeout: 10_000,
    hookTimeout: 120_000,
  },
})
