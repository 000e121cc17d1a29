/** Where do configured secrets come from? Files and environment variables; the only reader of both. */
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Config, ConfigError } from '../config/config.ts'
import type { Environment } from '../config/env.ts'
import type { StaticKey } from '../identity/static-key.ts'
import type { SealKey } from '../store/audit-chain.ts'

/** The operator's fixed keys. @throws ConfigError naming every setting that holds none */
export function readStaticKeys(config: Config, environment: Environment): readonly StaticKey[] {
  const { keys, problems } = findStaticKeys(config, environment)
  if (problems.length > 0) throw new ConfigError(problems)
  return keys
}

export interface FoundStaticKeys {
  readonly keys: readonly StaticKey[]
  /** Of every setting that holds none. */
  readonly problems: readonly string[]
}

/** Those that are there. */
export function findStaticKeys(config: Config, environment: Environment): FoundStaticKeys {
  const problems: string[] = []
  const keys = config.auth.static_keys.flatMap((entry, index) => {
    const key = entry.file === undefined ? environment.named(entry.env ?? '') : readSecret(entry.file)
    if (key !== undefined && key !== '') return [{ name: entry.name, key, user: entry.user }]
    problems.push(`auth.static_keys.${index}: ${entry.file ?? entry.env} is empty or not there; write the key into it`)
    return []
  })
  return { keys, problems }
}

/** What seals security events, the newest first; undefined: a key of the database's own. @throws ConfigError */
export function readAuditKeys(config: Config): readonly [SealKey, ...SealKey[]] | undefined {
  const { key_file: file } = config.audit
  if (file === undefined) return undefined
  const [newest, ...older] = (readSecret(file) ?? '').split(/\s+/).filter((line) => line !== '')
  if (newest === undefined || [newest, ...older].some(({ length }) => length < 32)) {
    throw new ConfigError([
      `audit.key_file: ${file} is not there or holds no key; write one of 32 characters or more into it, e.g. with: openssl rand -hex 32`,
    ])
  }
  return [sealKey(newest), ...older.map(sealKey)]
}

function sealKey(value: string): SealKey {
  return { id: `file-${createHmac('sha256', value).update('id').digest('hex').slice(0, 8)}`, value }
}

/** The secret that the guard of ComfyUI demands; undefined where there is no guard. @throws ConfigError */
export function readGuardSecret(config: Config, environment: Environment): string | undefined {
  const file = config.comfyui.guard_secret_file
  if (file === undefined) return environment.guardSecret
  const secret = readSecret(file)
  // An empty secret would switch the proof of ComfyUI off.
  if (secret === undefined || secret === '') {
    throw new ConfigError([`comfyui.guard_secret_file: ${file} is empty or not there; write the secret into it`])
  }
  return secret
}

export interface WorkerAccess {
  readonly guardSecret: string | undefined
  readonly tlsCa: string | undefined
}

/** The secret and the authority of each of `workers`, in order. @throws ConfigError naming every file that is not there */
export function readWorkers(config: Config, environment: Environment): readonly WorkerAccess[] {
  const problems: string[] = []
  const read = config.workers.map((worker, index) => {
    const { guard_secret_file: file, guard_secret_env: variable, tls_ca_file: authority } = worker
    const isGuarded = file !== undefined || variable !== undefined
    const secret = file === undefined ? environment.named(variable ?? '') : readSecret(file)
    if (isGuarded && (secret === undefined || secret === '')) {
      const setting = file === undefined ? 'guard_secret_env' : 'guard_secret_file'
      problems.push(
        `workers.${index}.${setting}: ${file ?? variable} is empty or not there; write the secret of ${worker.name} into it`,
      )
    }
    const tlsCa = authority === undefined ? undefined : readBytes(authority)?.toString('utf8')
    if (authority !== undefined && tlsCa === undefined) {
      problems.push(unreadable(`workers.${index}.tls_ca_file`, authority))
    }
    return { guardSecret: isGuarded ? secret : undefined, tlsCa }
  })
  if (problems.length > 0) throw new ConfigError(problems)
  return read
}

export function readTlsCa(config: Config): string | undefined {
  const file = config.comfyui.tls_ca_file
  if (file === undefined) return undefined
  const bytes = readBytes(file)
  if (bytes === undefined) throw new ConfigError([unreadable('comfyui.tls_ca_file', file)])
  return bytes.toString('utf8')
}

function readSecret(path: string): string | undefined {
  return readBytes(path)?.toString('utf8').trim()
}

/** Undefined for what the file system refuses; the caller names the setting. */
export function readBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

function unreadable(setting: string, path: string): string {
  return `${setting}: ${path} cannot be read; check the path and its permissions`
}
