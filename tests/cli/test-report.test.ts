/** Do the last lines of `pnpm test` say what passed, failed, was skipped, and passed only when it was tried again? */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { countTests, describeFailed, describeRetried, describeSkipped } from '../../scripts/test/report.ts'

const root = join('checkout', 'root')
const assertion = (status: string, fullName: string, ...failureMessages: readonly string[]) => ({
  ...{ status, fullName, failureMessages },
})
const report = JSON.stringify({
  testResults: [
    {
      ...{ name: join(root, 'tests', 'a.test.ts'), status: 'failed', message: '' },
      assertionResults: [
        assertion('passed', ' a door opens'),
        assertion('passed', ' a door closes', 'Error: it stuck\n\n    at door.ts:1'),
        assertion('failed', ' a door locks', 'Error: it is open\n    at lock.ts:1'),
      ],
    },
    {
      ...{ name: join(root, 'tests', 'b.test.ts'), status: 'passed', message: '' },
      assertionResults: [
        assertion('pending', 'with slapd, one logs in'),
        assertion('skipped', 'with slapd, one is out'),
      ],
    },
    {
      ...{ name: join(root, 'tests', 'c.test.ts'), status: 'failed', message: 'SyntaxError: a comma' },
      assertionResults: [],
    },
  ],
})

describe('the end of a run', () => {
  it('counts each test, and a file that did not load as one that failed', () => {
    expect(countTests(report)).toEqual({ passed: 2, failed: 2, skipped: 2 })
  })

  it('names each file in which tests were skipped', () => {
    const file = join('tests', 'b.test.ts')
    expect(describeSkipped(report, root)).toEqual(['', `SKIPPED: ${file}: with slapd, one logs in (and 1 more)`])
  })

  it('names each test and each file that failed, with the reason', () => {
    expect(describeFailed(report, root)).toEqual([
      ...['', `FAILED: ${join('tests', 'a.test.ts')}: a door locks`, '  Error: it is open', '      at lock.ts:1'],
      ...['', `FAILED: ${join('tests', 'c.test.ts')}`, '  SyntaxError: a comma'],
    ])
  })

  it('names each test that passed only when it was tried again', () => {
    expect(describeRetried(report, root)).toEqual([
      ...['', `RETRIED: ${join('tests', 'a.test.ts')}: a door closes`, '  Error: it stuck', '      at door.ts:1'],
    ])
  })

  it('without any report is a failure', () => {
    expect(countTests(undefined)).toEqual({ passed: 0, failed: 1, skipped: 0 })
    for (const say of [describeSkipped, describeFailed, describeRetried]) expect(say(undefined, root)).toEqual([])
  })
})
