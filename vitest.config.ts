import { defineConfig } from 'vitest/config'

const unit = [
  'sidecar/src/**/*.test.ts',
  'shared/src/**/*.test.ts',
  'extension/src/**/*.test.ts',
  'web/src/**/*.test.ts',
  'tests/architecture/**/*.test.ts',
]

/**
 * Browsers, processes and a real ComfyUI share two cores with each other: what fails is tried once more, and the last
 * lines of the run name it all the same. In a world without walls tests are wanted to fail, once.
 */
const onceMore = process.env.GATEHOUSE_TEST_WORLD === undefined ? 1 : 0

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 120_000,
    pool: 'forks',
    projects: [
      { extends: true, test: { name: 'unit', include: unit } },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/architecture/**', 'tests/e2e/**', '**/node_modules/**'],
          fileParallelism: true,
          maxWorkers: 2,
          retry: onceMore,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          // One browser at a time, after everything else: the stock UI alone keeps two cores busy.
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 90_000,
          retry: onceMore,
        },
      },
    ],
  },
})
