import { describe, expect, it } from 'vitest'
import { onlyPractice } from '../support/real-upstream.ts'
import { readResult, writeTable } from './matrix-table.ts'

const test = (fullName: string, status: string, ...failureMessages: string[]) => ({ fullName, status, failureMessages })
const report = (...assertionResults: object[]) =>
  JSON.stringify({ testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults }] })

const everything = { below: '', withoutThoseOf: [] }

describe('a report of the matrix', () => {
  it('is counted by what became of each test', () => {
    const text = report(test('one', 'passed'), test('two', 'failed', 'Error: wrong'), test('three', 'pending'))
    expect(readResult(text, everything)).toEqual({ passed: 1, failed: ['two'], skipped: ['three'] })
  })

  it('counts a sentence that only the practice ComfyUI can be told as skipped, with the reason', () => {
    const outcome = readResult(report(test('stops', 'failed', `Error: ${onlyPractice} stop\n at x`)), everything)
    expect(outcome).toEqual({ passed: 0, failed: [], skipped: [`stops (Error: ${onlyPractice} stop)`] })
  })

  it('leaves out what meets no real ComfyUI', () => {
    const text = report(
      test('practice ComfyUI a', 'failed', 'x'),
      test('real ComfyUI 1 a', 'passed'),
      test('real ComfyUI 1 b', 'failed'),
    )
    expect(readResult(text, { below: 'real ComfyUI', withoutThoseOf: ['real ComfyUI 1 b'] })).toEqual({
      passed: 1,
      failed: [],
      skipped: [],
    })
  })

  it('is a failure when a file did not load, or when there is none', () => {
    const unloaded = JSON.stringify({
      testResults: [{ name: 'a', status: 'failed', message: 'm', assertionResults: [] }],
    })
    expect(readResult(unloaded, everything).failed).toEqual(['a: m'])
    expect(readResult(undefined, everything).failed).toHaveLength(1)
  })

  it('becomes a row, and a line for each test that did not pass', () => {
    const result = { version: '1.2.3', suite: 'contract', passed: 2, failed: ['two'], skipped: ['three'] }
    expect(writeTable([result], 'whole').split('\n').slice(2)).toEqual([
      '| 1.2.3 | contract | 2 | 1 | 1 |',
      '',
      '- 1.2.3 contract FAILED: two',
      '- 1.2.3 contract skipped: three',
      '',
    ])
  })
})
