/** What does our own TLS speak with? Certificate, key, authorities of clients and their revocations, read and checked together. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { type Config, ConfigError } from '../config/config.ts'

export interface TlsMaterial extends SecureContextOptions {
  readonly cert: Buffer
  readonly key: Buffer
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  /** Whether clients are asked for a certificate. */
  readonly requestCert: boolean
  /** Whether a connection without a good one is refused before a request is read. */
  readonly rejectUnauthorized: boolean
}

type ServerSettings = Config['server']

const fileSettings = ['tls_cert_file', 'tls_key_file', 'tls_client_ca_file', 'tls_client_crl_file'] as const

/** The files that TLS is made of, for whoever watches them. */
export function tlsFiles(server: ServerSettings): readonly string[] {
  return fileSettings.flatMap((setting) => server[setting] ?? [])
}

/** Undefined where a proxy or nobody speaks it. @throws ConfigError */
export function readTls({ server }: Pick<Config, 'server'>): TlsMaterial | undefined {
  if (server.tls_cert_file === undefined && server.tls_key_file === undefined) {
    if (tlsFiles(server).length === 0) return undefined
    throw new ConfigError(['server.tls_client_ca_file needs own TLS: set server.tls_cert_file and server.tls_key_file'])
  }
  if (server.tls_cert_file === undefined || server.tls_key_file === undefined)
    throw new ConfigError(['server.tls_cert_file and server.tls_key_file belong together: set both'])
  const files = new Map(fileSettings.map((setting) => [setting, readBytes(server[setting])]))
  const missing = fileSettings.filter((setting) => server[setting] !== undefined && files.get(setting) === undefined)
  if (missing.length > 0)
    throw new ConfigError(
      missing.map(
        (setting) => `server.${setting}: ${server[setting]} cannot be read; check the path and its permissions`,
      ),
    )
  return check(
    tlsOptions(
      { cert: files.get('tls_cert_file') ?? Buffer.alloc(0), key: files.get('tls_key_file') ?? Buffer.alloc(0) },
      { ca: files.get('tls_client_ca_file'), crl: files.get('tls_client_crl_file'), server },
    ),
  )
}

/** TLS with a pair alone, as the companion pack takes it over from ComfyUI's options. */
export function plainTls(pair: { readonly cert: Buffer; readonly key: Buffer }): TlsMaterial {
  return { ...pair, minVersion: 'TLSv1.2', requestCert: false, rejectUnauthorized: false }
}

interface ClientSide {
  readonly ca: Buffer | undefined
  readonly crl: Buffer | undefined
  readonly server: ServerSettings
}

function tlsOptions(
  pair: { readonly cert: Buffer; readonly key: Buffer },
  { ca, crl, server }: ClientSide,
): TlsMaterial {
  return {
    ...pair,
    minVersion: server.tls_min_version === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
    requestCert: ca !== undefined,
    rejectUnauthorized: ca !== undefined && server.tls_client_required,
    ...(ca === undefined ? {} : { ca }),
    // With one set, OpenSSL refuses every certificate whose authority has no valid list.
    ...(crl === undefined ? {} : { crl }),
  }
}

/** @throws ConfigError */
function check(material: TlsMaterial): TlsMaterial {
  if (!isPair(material))
    throw new ConfigError([
      'server.tls_cert_file, server.tls_key_file: not a PEM certificate and its key; name two files that belong together',
    ])
  try {
    createSecureContext(material)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError([
      `server.tls_client_ca_file, server.tls_client_crl_file: no PEM authorities or list (${reason})`,
    ])
  }
  return material
}

function isPair({ cert, key }: Pick<TlsMaterial, 'cert' | 'key'>): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    // One of them is no PEM at all.
    return false
  }
}

function readBytes(path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}
