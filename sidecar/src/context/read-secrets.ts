/** Where do configured secrets come from? Files and environment variables; the only reader of both. */
import { readFileSync } from 'node:fs'
import { type Config, ConfigError } from '../config/config.ts'
import type { Environment } from '../config/env.ts'
import type { StaticKey } from '../identity/static-key.ts'

/** The operator's fixed keys. @throws ConfigError naming the setting */
export function readStaticKeys(config: Config, environment: Environment): readonly StaticKey[] {
  return config.auth.static_keys.map((entry, index) => {
    const setting = `auth.static_keys.${index}`
    const key = entry.file === undefined ? environment.named(entry.env ?? '') : readSecretFile(entry.file, setting)
    if (key === undefined || key === '') throw new ConfigError([`${setting}: the key is empty or not set`])
    return { name: entry.name, key, user: entry.user }
  })
}

/** The secret that the guard of ComfyUI demands; undefined where there is no guard. @throws ConfigError */
export function readGuardSecret(config: Config, environment: Environment): string | undefined {
  const file = config.comfyui.guard_secret_file
  return file === undefined ? environment.guardSecret : readSecretFile(file, 'comfyui.guard_secret_file')
}

/** PEM texts of our own TLS; undefined where a proxy or nobody speaks it. @throws ConfigError */
export function readTls(config: Config): { readonly cert: Buffer; readonly key: Buffer } | undefined {
  const { tls_cert_file: cert, tls_key_file: key } = config.server
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined)
    throw new ConfigError(['server.tls_cert_file and server.tls_key_file belong together: set both'])
  return { cert: readBytes(cert, 'server.tls_cert_file'), key: readBytes(key, 'server.tls_key_file') }
}

export function readTlsCa(config: Config): string | undefined {
  const file = config.comfyui.tls_ca_file
  return file === undefined ? undefined : readBytes(file, 'comfyui.tls_ca_file').toString('utf8')
}

function readSecretFile(path: string, setting: string): string {
  return readBytes(path, setting).toString('utf8').trim()
}

function readBytes(path: string, setting: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw new ConfigError([`${setting}: ${path} cannot be read; check the path and its permissions`])
  }
}
