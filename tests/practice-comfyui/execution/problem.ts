/** What does one refusal look like, in the prompt's answer and in a node's list? */
import { dict, type Plain, type PythonDict } from '../python/values.ts'

export function problem(type: string, message: string, details: string, extra: Plain = {}): PythonDict {
  return dict({ type, message, details, extra_info: extra })
}
