/** How does a test run a dozen commands without a dozen processes? In its own, with what they print caught. */
import { vi } from 'vitest'
import { runCommand } from '../../sidecar/src/cli/run-command.ts'
import type { Ran } from './gatehouse.ts'

/** Standard input is not read. */
export async function gatehouseHere(args: readonly string[]): Promise<Omit<Ran, 'signal'>> {
  const said = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += String(text)
      return true
    }),
  )
  try {
    const code = await runCommand(args)
    return { code, ...said }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
