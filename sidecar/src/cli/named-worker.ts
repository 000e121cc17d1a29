/** Which ComfyUI did the command line mean by `--worker`? A name of the configuration, or a sentence that lists them. */
import type { Config } from '../config/config.ts'
import { defaultWorkerName } from '../config/workers-schema.ts'
import { badInput } from './output.ts'

/** The default one first. */
export function workerNames({ workers }: Config): readonly string[] {
  return [defaultWorkerName, ...workers.map(({ name }) => name)]
}

/** @throws bad_input */
export function readWorkerName(config: Config, name: string): string {
  const names = workerNames(config)
  if (names.includes(name)) return name
  throw badInput(`There is no worker "${name}". Name one of ${names.join(', ')}.`)
}
