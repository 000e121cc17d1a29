import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type Config, ConfigError, loadConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { readWorkers } from './read-secrets.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-read-secrets-'))
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const environment = readEnvironment({ LAB_SECRET: 'of the lab' })
const base = loadConfig(readEnvironment({}))

function withWorkers(workers: Config['workers']): Config {
  return { ...base, workers }
}

it('reads the secret and the authority of each worker from where it is said to be', () => {
  const config = withWorkers([
    { name: 'a', url: 'http://a:1', guard_secret_file: file('secret', 'of a\n'), tls_ca_file: file('ca.pem', 'PEM') },
    { name: 'b', url: 'http://b:1', guard_secret_env: 'LAB_SECRET' },
    { name: 'c', url: 'http://c:1' },
  ])
  expect(readWorkers(config, environment)).toEqual([
    { guardSecret: 'of a', tlsCa: 'PEM' },
    { guardSecret: 'of the lab', tlsCa: undefined },
    { guardSecret: undefined, tlsCa: undefined },
  ])
})

it('names every secret and authority that is not there, and takes no empty secret for none', () => {
  const config = withWorkers([
    { name: 'a', url: 'http://a:1', guard_secret_file: file('empty', '\n'), tls_ca_file: join(folder, 'gone.pem') },
    { name: 'b', url: 'http://b:1', guard_secret_env: 'NO_SUCH_SECRET' },
  ])
  expect(() => readWorkers(config, environment)).toThrow(ConfigError)
  expect(() => readWorkers(config, environment)).toThrow(
    /workers\.0\.guard_secret_file: .*\n.*workers\.0\.tls_ca_file: .*\n.*workers\.1\.guard_secret_env: NO_SUCH_SECRET/,
  )
})
