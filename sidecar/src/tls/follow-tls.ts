/** When do the files of TLS change? They are looked at every few seconds, and a renewed certificate is used at once. */
import { statSync } from 'node:fs'
import { type Config, ConfigError } from '../config/config.ts'
import { readTls, type TlsMaterial, tlsFiles } from './tls-material.ts'

export interface FollowTlsOptions {
  readonly config: Pick<Config, 'server'>
  /** `clientsChanged`: other client certificates count from now on. */
  readonly renewed: (material: TlsMaterial, clientsChanged: boolean) => void
  /** What is wrong with the new files; the old ones stay in use. */
  readonly refused: (problems: readonly string[]) => void
  readonly intervalMs?: number
}

const defaultIntervalMs = 5_000

export interface FollowedTls {
  /** Looks now. */
  look(): void
  close(): void
}

export function followTls({ config, renewed, refused, intervalMs = defaultIntervalMs }: FollowTlsOptions): FollowedTls {
  const files = tlsFiles(config.server)
  const clientFiles = [config.server.tls_client_ca_file, config.server.tls_client_crl_file].flatMap(
    (file) => file ?? [],
  )
  let seen = stamp(files)
  let seenClients = stamp(clientFiles)
  const look = (): void => {
    const now = stamp(files)
    if (now === seen) return
    seen = now
    try {
      const material = readTls(config)
      if (material === undefined) return
      const clients = stamp(clientFiles)
      renewed(material, clients !== seenClients)
      seenClients = clients
    } catch (error) {
      // Certificate and key are replaced one after the other: until they fit, the old pair is used.
      refused(error instanceof ConfigError ? error.problems : [String(error)])
    }
  }
  const timer = setInterval(look, intervalMs)
  timer.unref()
  return { look, close: () => clearInterval(timer) }
}

/** A file that is missing for a moment counts as changed. */
function stamp(files: readonly string[]): string {
  return files
    .map((file) => {
      const stats = statSync(file, { bigint: true, throwIfNoEntry: false })
      return `${stats?.mtimeNs}-${stats?.ino}-${stats?.size}`
    })
    .join(' ')
}
