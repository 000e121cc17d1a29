/** Is what the configuration names there? Files, secrets and rows are looked at before anything starts. */
import { type Config, ConfigError } from '../config/config.ts'
import type { Environment } from '../config/env.ts'
import { readGateways } from '../context/follow-gateways.ts'
import { readHtpasswd } from '../context/follow-htpasswd.ts'
import { readLdapSecrets } from '../context/follow-ldap.ts'
import { readOidcSecrets } from '../context/follow-oidc.ts'
import { readJwtKeys } from '../context/read-jwt-keys.ts'
import { readAuditKeys, readGuardSecret, readStaticKeys, readTlsCa, readWorkers } from '../context/read-secrets.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import { createFixedKeys } from '../identity/jwt/key-source.ts'
import { createStaticKeyCheck } from '../identity/static-key.ts'
import { compileTable } from '../policy/compile-table.ts'
import { customResources } from '../policy/custom-rows.ts'
import { resources } from '../routes/index.generated.ts'
import { readTls } from '../tls/tls-material.ts'

/** @throws ConfigError with every mistake at once */
export function checkConfig(config: Config, environment: Environment): void {
  const checks = [
    () => readTls(config),
    () => readTlsCa(config),
    () => readGuardSecret(config, environment),
    () => readAuditKeys(config),
    () => readWorkers(config, environment),
    () => checkStaticKeys(config, environment),
    () => readHtpasswd(config),
    () => readJwtKeys(config, environment, () => createFixedKeys([])),
    () => readGateways(config, environment),
    () => readOidcSecrets(config, environment),
    () => readLdapSecrets(config, environment),
    () => checkRows(config),
  ]
  const problems = checks.flatMap(problemsOf)
  if (problems.length > 0) throw new ConfigError(problems)
}

function problemsOf(check: () => unknown): readonly string[] {
  try {
    check()
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

function checkStaticKeys(config: Config, environment: Environment): void {
  const keys = readStaticKeys(config, environment)
  try {
    createStaticKeyCheck(keys)
  } catch (error) {
    if (error instanceof GatehouseError) throw new ConfigError([`auth.static_keys: ${error.message}`])
    throw error
  }
}

function checkRows(config: Config): void {
  try {
    compileTable([...resources, ...customResources(config.routes)])
  } catch (error) {
    // The table tells of ambiguity with a TypeError that names both rows (policy/compile-table.ts).
    if (error instanceof TypeError) throw new ConfigError([`routes: ${error.message}`])
    throw error
  }
}
