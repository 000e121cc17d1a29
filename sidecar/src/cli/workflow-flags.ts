/** What may stand behind `gatehouse workflow`? */
import { parseArgs } from 'node:util'
import { commonOptions } from './output.ts'

const options = {
  ...commonOptions,
  as: { type: 'string' },
  file: { type: 'string' },
  page: { type: 'string' },
  open: { type: 'string', multiple: true },
  closed: { type: 'boolean', default: false },
  everybody: { type: 'boolean', default: false },
  tenant: { type: 'string' },
  url: { type: 'string' },
} as const

export type WorkflowFlags = ReturnType<typeof parseWorkflowArgs>['values']

/** @throws TypeError for an option that there is not */
export function parseWorkflowArgs(args: readonly string[]) {
  return parseArgs({ args: [...args], options, allowPositionals: true })
}
