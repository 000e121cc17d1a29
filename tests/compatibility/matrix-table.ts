/** How did a suite end in front of one version, and how is that told in a table? */
import { onlyPractice } from '../support/real-upstream.ts'
import type { Suite } from './suites.ts'

export interface Outcome {
  readonly passed: number
  readonly failed: readonly string[]
  /** Each with its reason where one is told. */
  readonly skipped: readonly string[]
}

export interface SuiteResult extends Outcome {
  readonly version: string
  readonly suite: string
}

interface TestResult {
  readonly name: string
  readonly status: string
  readonly says: string
}

/** From Vitest's JSON report. A file that did not load counts as failed, and so does a report that is not there. */
export function readResult(
  report: string | undefined,
  { below, withoutThoseOf }: Pick<Suite, 'below' | 'withoutThoseOf'>,
): Outcome {
  if (report === undefined) return { passed: 0, failed: ['no report was written'], skipped: [] }
  const files = listOf(parseRecord(JSON.parse(report)).testResults)
  const unloaded = files.filter(({ status, assertionResults }) => status === 'failed' && !someFailed(assertionResults))
  const tests = files.flatMap(({ assertionResults }) => listOf(assertionResults).map(parseTest))
  const own = tests.filter(
    ({ name }) => name.startsWith(below) && !withoutThoseOf.some((beginning) => name.startsWith(beginning)),
  )
  const isBeyond = ({ status, says }: TestResult): boolean => status === 'failed' && says.includes(onlyPractice)
  return {
    passed: own.filter(({ status }) => status === 'passed').length,
    failed: [
      ...own.filter((test) => test.status === 'failed' && !isBeyond(test)).map(({ name }) => name),
      ...unloaded.map(({ name, message }) => `${String(name)}: ${String(message)}`),
    ],
    skipped: own
      .filter((test) => isBeyond(test) || !['passed', 'failed'].includes(test.status))
      .map(({ name, says }) => (says === '' ? name : `${name} (${says.split('\n')[0]})`)),
  }
}

export function writeTable(results: readonly SuiteResult[], form: 'short' | 'whole'): string {
  const rows = results.map(
    ({ version, suite, passed, failed, skipped }) =>
      `| ${version} | ${suite} | ${passed} | ${failed.length} | ${skipped.length} |`,
  )
  const notes = results.flatMap(({ version, suite, failed, skipped }) => [
    ...failed.map((name) => `- ${version} ${suite} FAILED: ${name}`),
    ...skipped.map((name) => `- ${version} ${suite} skipped: ${name}`),
  ])
  if (form === 'short') return [...rows, ...notes].join('\n')
  return `${['| ComfyUI | suite | passed | failed | skipped |', '| --- | --- | --- | --- | --- |', ...rows, '', ...notes].join('\n')}\n`
}

function someFailed(tests: unknown): boolean {
  return listOf(tests).some(({ status }) => status === 'failed')
}

function parseTest({ fullName, status, failureMessages }: Readonly<Record<string, unknown>>): TestResult {
  const says = Array.isArray(failureMessages) ? failureMessages.join('\n') : ''
  return { name: String(fullName).trim(), status: String(status), says }
}

function listOf(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(parseRecord) : []
}

function parseRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new TypeError('the report is no object')
  return value as Record<string, unknown>
}
