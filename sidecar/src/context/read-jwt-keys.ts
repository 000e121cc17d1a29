/** Which keys does the configuration give an issuer of JSON Web Tokens? Read, judged, and every mistake named. */

import type { JwtIssuerSettings } from '../config/auth/jwt-schema.ts'
import { type Config, ConfigError } from '../config/config.ts'
import type { Environment } from '../config/env.ts'
import { createFixedKeys, type KeySource } from '../identity/jwt/key-source.ts'
import {
  createSecretVerificationKey,
  importJwk,
  importPem,
  type VerificationKey,
  WeakKeyError,
} from '../identity/jwt/verification-key.ts'
import { readBytes } from './read-secrets.ts'

/** One source for each issuer, in order; `published` makes that of a JWKS address. @throws ConfigError with every mistake */
export function readJwtKeys(
  config: Config,
  environment: Environment,
  published: (url: string) => KeySource,
): readonly KeySource[] {
  const problems: string[] = []
  const sources = config.auth.jwt.map((settings, index) => {
    if (settings.jwks_url !== undefined) return published(settings.jwks_url)
    try {
      return createFixedKeys(fitting(fixedKeys(settings, environment), settings))
    } catch (error) {
      if (!(error instanceof WeakKeyError)) throw error
      problems.push(`auth.jwt.${index} (${settings.name}): ${error.message}`)
      return createFixedKeys([])
    }
  })
  if (problems.length > 0) throw new ConfigError(problems)
  return sources
}

function fixedKeys(settings: JwtIssuerSettings, environment: Environment): readonly VerificationKey[] {
  const { jwks, jwks_file, pem_file, secret_file, secret_env } = settings
  if (jwks !== undefined) return named('jwks', () => jwks.keys.map(importJwk))
  if (jwks_file !== undefined) return named(jwks_file, () => parseKeySet(textOf(jwks_file)).map(importJwk))
  if (pem_file !== undefined) return named(pem_file, () => importPem(textOf(pem_file)))
  const setting = secret_file ?? secret_env ?? ''
  const secret = secret_file === undefined ? environment.named(setting) : textOf(secret_file).trim()
  return named(setting, () => [createSecretVerificationKey(Buffer.from(secret ?? ''))])
}

/** An algorithm that no key can have would refuse every token. */
function fitting(
  keys: readonly VerificationKey[],
  { algorithms }: Pick<JwtIssuerSettings, 'algorithms'>,
): readonly VerificationKey[] {
  const possible = keys.flatMap((key) => key.algorithms)
  if (algorithms === undefined || algorithms.some((one) => possible.includes(one))) return keys
  throw new WeakKeyError(
    `algorithms: no key fits any of ${algorithms.join(', ')}; these would fit: ${possible.join(', ')}`,
  )
}

function named<T>(where: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof WeakKeyError ? new WeakKeyError(`${where}: ${error.message}`) : error
  }
}

function textOf(file: string): string {
  const bytes = readBytes(file)
  if (bytes === undefined) throw new WeakKeyError(`${file} cannot be read; check the path and its permissions`)
  return bytes.toString('utf8')
}

function parseKeySet(text: string): readonly unknown[] {
  try {
    const { keys } = JSON.parse(text)
    if (Array.isArray(keys) && keys.length > 0) return keys
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
  }
  throw new WeakKeyError('it is no JSON Web Key Set: write {"keys": [...]} with one key or more')
}
