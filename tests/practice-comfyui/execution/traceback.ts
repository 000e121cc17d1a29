/** What does a Python traceback show to whoever made the mistake? Absolute paths of the host: the leak is part of the act. */
import { join } from 'node:path'
import type { Directories } from '../directories.ts'

export function pythonTraceback(directories: Directories, functionName: string, line: string): string[] {
  const file = join(directories.base, 'execution.py')
  return [`  File "${file}", line 1, in ${functionName}\n    ${line}\n    ${'^'.repeat(line.length)}\n`]
}
