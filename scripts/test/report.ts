/** How did the tests end? Vitest's JSON report, read into three numbers and a list of what was skipped. */
import { relative } from 'node:path'

export interface TestCounts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

interface FileResult {
  readonly name: string
  readonly status: string
  readonly tests: readonly { readonly status: string; readonly fullName: string }[]
}

const skippedStates: ReadonlySet<string> = new Set(['skipped', 'pending', 'todo', 'disabled'])

/** A file that could not be loaded counts as one failed test; no report at all, too. */
export function countTests(report: string | undefined): TestCounts {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const files = parseReport(report)
  const tests = files.flatMap((file) => file.tests)
  const unloaded = files.filter((file) => file.status === 'failed' && !file.tests.some(isFailed))
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: tests.filter(isFailed).length + unloaded.length,
    skipped: tests.filter(isSkipped).length,
  }
}

/** One line for each file in which tests were skipped, with the first of them. */
export function describeSkipped(report: string | undefined, root: string): readonly string[] {
  if (report === undefined) return []
  const lines = parseReport(report).flatMap((file) => {
    const skipped = file.tests.filter(isSkipped)
    const [first, ...more] = skipped.map((test) => test.fullName.trim())
    if (first === undefined) return []
    const others = more.length === 0 ? '' : ` (and ${more.length} more)`
    return [`SKIPPED: ${relative(root, file.name)}: ${first}${others}`]
  })
  return lines.length === 0 ? [] : ['', ...lines]
}

function isFailed({ status }: { readonly status: string }): boolean {
  return status === 'failed'
}

function isSkipped({ status }: { readonly status: string }): boolean {
  return skippedStates.has(status)
}

function parseReport(report: string): readonly FileResult[] {
  const { testResults } = parseRecord(JSON.parse(report))
  return parseList(testResults).map((file) => ({
    name: String(file.name),
    status: String(file.status),
    tests: parseList(file.assertionResults).map((test) => ({
      status: String(test.status),
      fullName: String(test.fullName),
    })),
  }))
}

function parseList(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(parseRecord) : []
}

function parseRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new TypeError('the report of the tests is no object')
  return value as Record<string, unknown>
}
