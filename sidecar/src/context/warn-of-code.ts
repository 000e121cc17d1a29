/** What is the operator told, at every start, of classes that may run code which their users write? */
import type { Config } from '../config/config.ts'

/** One loud sentence; nothing where no class may. */
export function warnOfCode({ nodes }: Pick<Config, 'nodes'>, say: (sentence: string) => void): void {
  const names = nodes.allow_code_execution
  if (names.length === 0) return
  say(
    `WARNING: nodes.allow_code_execution lets users of ${names.join(', ')} run code of their own as ComfyUI, with the files of every tenant in reach. No wall stands between them and anybody.`,
  )
}
