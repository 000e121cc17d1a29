/** How does a sidecar run that is set up by a configuration file alone? As an operator writes it, in front of a practice ComfyUI. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkConfig } from '../../sidecar/src/cli/check-config.ts'
import { type RunningSidecar, runSidecar } from '../../sidecar/src/cli/run-sidecar.ts'
import { loadConfig } from '../../sidecar/src/config/config.ts'
import { readEnvironment } from '../../sidecar/src/config/env.ts'
import { createStore } from '../../sidecar/src/store/sql/create-store.ts'
import { openDatabase } from '../../sidecar/src/store/sql/open-database.ts'
import type { Store } from '../../sidecar/src/store/store.ts'
import { type PracticeComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'

export interface Configured extends AsyncDisposable {
  readonly practice: PracticeComfyui
  readonly address: string
  readonly dataDir: string
  readonly store: Store
  /** Puts another file in its place, and has it obeyed at once. */
  rewrite(yaml: string): void
  /** With another file, where one is given: what changes while nobody looks. */
  restart(yaml?: string): Promise<void>
}

export interface ConfiguredOptions {
  readonly variables?: Readonly<Record<string, string>>
}

/** From a clean data directory. @throws ConfigError with every mistake of the file */
export async function startConfigured(yaml: string, { variables = {} }: ConfiguredOptions = {}): Promise<Configured> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-configured-'))
  const [path, dataDir] = [join(directory, 'gatehouse.yaml'), join(directory, 'data')]
  const write = (text: string): void => writeFileSync(path, `${text}\nlog: { level: silent }\n`)
  write(yaml)
  const environment = readEnvironment(variables)
  const practice = await startPracticeComfyui({ recordRequests: true })
  const start = (port: number): Promise<RunningSidecar> => {
    const flags = { config: path, data: dataDir, comfyui: practice.url, listen: `127.0.0.1:${port}` }
    const read = () => {
      const config = loadConfig(environment, flags)
      checkConfig(config, environment)
      return config
    }
    const config = read()
    const source = { path, read }
    return runSidecar({ config, source, environment, guardSecret: undefined, tls: undefined, say: () => undefined })
  }
  const stopPractice = async (error: unknown): Promise<never> => {
    await practice.close()
    throw error
  }
  let sidecar = await Promise.resolve()
    .then(() => start(0))
    .catch(stopPractice)
  const port = sidecar.listening[0]?.port ?? 0
  const database = await openDatabase(dataDir)
  return {
    practice,
    dataDir,
    address: `http://127.0.0.1:${port}`,
    store: createStore({ db: database.db }),
    rewrite: (text) => {
      write(text)
      sidecar.reload()
    },
    restart: async (text) => {
      await sidecar.close()
      if (text !== undefined) write(text)
      sidecar = await start(port)
    },
    [Symbol.asyncDispose]: async () => {
      await sidecar.close()
      await database.close()
      await practice.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** The configuration blocks of a page of the documentation, in order. */
export function yamlOf(page: string): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, '../..', page), 'utf8')
  return [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, block = '']) => block)
}
