/** Which refusals does an operator hear of? Faults, and nothing that is as it was set up. */
import { expect, it } from 'vitest'
import { createEvents } from './events.ts'
import { GatehouseError } from './gatehouse-error.ts'
import { createLog } from './log.ts'

it.each([
  ['store_unavailable', 1],
  ['files_unmanaged', 0],
  ['not_found', 0],
] as const)('%s makes %i lines of the log', (code, count) => {
  const lines: string[] = []
  const log = createLog({ level: 'error', destination: { write: (line) => void lines.push(line) } })
  createEvents(log).requestFailed('request-1', new GatehouseError(code))
  expect(lines).toHaveLength(count)
})
