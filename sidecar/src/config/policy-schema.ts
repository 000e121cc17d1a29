/** Which rules only report for now? The `policy` section. */
import { z } from 'zod'
import { isReportableRule, reportableRules } from '../policy/report-only.ts'

const ruleName = z.string().refine(isReportableRule, `write one of ${Object.keys(reportableRules).join(', ')}`)

export const policySchema = z
  .strictObject({
    report_only: z
      .array(ruleName)
      .default([])
      .describe('rules that refuse nothing for now, and write down what they would refuse'),
  })
  .prefault({})
