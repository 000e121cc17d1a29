/** How did the tests end? Vitest's JSON report, read into three numbers and lists of what was skipped and what failed. */
import { relative } from 'node:path'

export interface TestCounts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

interface FileResult {
  readonly name: string
  readonly status: string
  /** Why the file could not be loaded, when it could not. */
  readonly message: string
  readonly tests: readonly TestResult[]
}

interface TestResult {
  readonly status: string
  readonly fullName: string
  readonly messages: readonly string[]
}

const shownLines = 6

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

/** Each failed test with the first lines of its reason: a log is read from its end. */
export function describeFailed(report: string | undefined, root: string): readonly string[] {
  if (report === undefined) return []
  return parseReport(report).flatMap((file) => {
    const name = relative(root, file.name)
    const failed = file.tests.filter(isFailed)
    if (failed.length === 0 && file.status === 'failed') return ['', `FAILED: ${name}`, ...firstLines(file.message)]
    return failed.flatMap((test) => [
      '',
      `FAILED: ${name}: ${test.fullName.trim()}`,
      ...firstLines(test.messages.join('\n')),
    ])
  })
}

/** Each test that passed only when it was tried again: something in it, or in the product, waits for the wrong thing. */
export function describeRetried(report: string | undefined, root: string): readonly string[] {
  if (report === undefined) return []
  const lines = parseReport(report).flatMap((file) =>
    file.tests
      .filter(({ status, messages }) => status === 'passed' && messages.length > 0)
      .flatMap((test) => [
        `RETRIED: ${relative(root, file.name)}: ${test.fullName.trim()}`,
        ...firstLines(test.messages.join('\n')),
      ]),
  )
  return lines.length === 0 ? [] : ['', ...lines]
}

function firstLines(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.slice(0, shownLines).map((line) => `  ${line}`)
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
    message: String(file.message ?? ''),
    tests: parseList(file.assertionResults).map((test) => ({
      status: String(test.status),
      fullName: String(test.fullName),
      messages: Array.isArray(test.failureMessages) ? test.failureMessages.map(String) : [],
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
