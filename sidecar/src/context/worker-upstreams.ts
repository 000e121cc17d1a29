/** Where are the workers, and how is each reached? `comfyui` and `workers` of the configuration, with their secrets. */
import { type Config, ConfigError } from '../config/config.ts'
import type { Environment } from '../config/env.ts'
import { defaultWorkerName, placementProblems } from '../config/workers-schema.ts'
import { createUpstream, type Upstream } from '../proxy/upstream.ts'
import { readGuardSecret, readTlsCa, readWorkers } from './read-secrets.ts'

export interface UpstreamsOptions {
  readonly config: Config
  readonly environment: Environment
  /** Of the ComfyUI of `comfyui.url`, from the pack or the supervisor; beats the configured one. */
  readonly guardSecret: string | undefined
}

/** The default worker first. */
export function workerUrls({ comfyuiUrl, workers }: Config): ReadonlyMap<string, URL> {
  return new Map([[defaultWorkerName, comfyuiUrl], ...workers.map(({ name, url }) => [name, new URL(url)] as const)])
}

/** A pool, an agent and a proof of its own for each worker, the default one first. @throws ConfigError */
export function createUpstreams(options: UpstreamsOptions): readonly [Upstream, ...Upstream[]] {
  const { config, environment } = options
  // Once more: a supervisor has put its own address in place of the configured one.
  const problems = placementProblems(config)
  if (problems.length > 0) throw new ConfigError(problems)
  const mustProve = !environment.dangerouslyUnguarded
  const access = readWorkers(config, environment)
  const first = createUpstream({
    name: defaultWorkerName,
    url: config.comfyuiUrl,
    guardSecret: options.guardSecret ?? readGuardSecret(config, environment),
    mustProve,
    tlsCa: readTlsCa(config),
  })
  const further = config.workers.map(({ name, url }, index) =>
    createUpstream({
      name,
      url: new URL(url),
      guardSecret: access[index]?.guardSecret,
      mustProve,
      tlsCa: access[index]?.tlsCa,
    }),
  )
  return [first, ...further]
}
