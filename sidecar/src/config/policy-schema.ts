/** Which rules only report for now? The `policy` section. */
import { z } from 'zod'
import { parseReported, reportableRules } from '../policy/report-only.ts'

const ruleName = z
  .string()
  .refine(
    (entry) => parseReported(entry) !== undefined,
    `write one of ${Object.keys(reportableRules).join(', ')}; those of one role as role-nodes:ROLE`,
  )

export const policySchema = z
  .strictObject({
    report_only: z
      .array(ruleName)
      .default([])
      .describe('rules that refuse nothing for now, and write down what they would refuse'),
  })
  .prefault({})
