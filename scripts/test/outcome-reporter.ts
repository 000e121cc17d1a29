/** How does the run say that it is over? Vitest's verdict goes into a file, before Vitest takes itself down. */
import { writeFileSync } from 'node:fs'
import type { Reporter } from 'vitest/node'

/** The variable that names the file. */
export const outcomeVariable = 'GATEHOUSE_TEST_OUTCOME'

export default class OutcomeReporter implements Reporter {
  onTestRunEnd: NonNullable<Reporter['onTestRunEnd']> = (_modules, unhandledErrors, reason) => {
    const path = process.env[outcomeVariable]
    if (path === undefined) return
    writeFileSync(path, reason === 'passed' && unhandledErrors.length === 0 ? 'passed' : 'failed')
  }
}
