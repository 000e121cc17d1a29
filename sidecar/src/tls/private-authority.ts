/** How does a lab come by certificates? A private authority in one folder: it signs, revokes, and never overwrites. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { GatehouseError } from '../gatehouse-error.ts'
import { loadX509, type X509Library } from './x509.ts'

export interface Authority {
  /** PEM files of the signed certificate and its new key. */
  signServer(hosts: readonly string[], days: number): Promise<SignedFiles>
  signClient(name: string, names: readonly string[], days: number): Promise<SignedFiles>
  /** Adds a certificate to the list of revoked ones; without one the list is only renewed. */
  revoke(certificatePem: string | undefined, days: number): Promise<string>
}

export interface SignedFiles {
  readonly certFile: string
  readonly keyFile: string
  /** SHA-256, lower-case hexadecimal. */
  readonly fingerprint: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const dayMs = 24 * 60 * 60 * 1000
/** Clocks of a lab differ. */
const earlierMs = 5 * 60 * 1000

type Certificate = InstanceType<X509Library['X509Certificate']>
type KeyPair = Awaited<ReturnType<typeof newKeys>>

/** Makes `ca.crt`, `ca.key` and an empty `crl.pem`. @throws bad_input where one is there already */
export async function createAuthority(folder: string, name: string, days: number): Promise<SignedFiles> {
  const x509 = await loadX509()
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: [name] }],
    ...lifetime(days),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const files = await write(folder, 'ca', certificate, keys)
  await (await openAuthority(folder)).revoke(undefined, days)
  return files
}

/** @throws bad_input where the folder holds no authority */
export async function openAuthority(folder: string): Promise<Authority> {
  const x509 = await loadX509()
  const certificate = readAuthority(x509, folder)
  const key = await importKey(readText(folder, 'ca.key'))
  const sign = async (subject: string, names: readonly string[], usage: string, days: number) => {
    const keys = await newKeys()
    const signed = await x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: [{ CN: [subject] }],
      issuer: certificate.subject,
      ...lifetime(days),
      publicKey: keys.publicKey,
      signingKey: key,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names.map(parseName))]),
        await x509.AuthorityKeyIdentifierExtension.create(certificate.publicKey),
      ],
    })
    return { signed, keys }
  }
  return {
    signServer: async (hosts, days) => {
      const names = hosts.map((host) => (isIP(host) === 0 ? `dns:${host}` : `ip:${host}`))
      const { signed, keys } = await sign(hosts[0] ?? '', names, x509.ExtendedKeyUsage.serverAuth, days)
      return write(folder, 'server', signed, keys)
    },
    signClient: async (name, names, days) => {
      const { signed, keys } = await sign(name, names, x509.ExtendedKeyUsage.clientAuth, days)
      return write(folder, name, signed, keys)
    },
    revoke: async (pem, days) => {
      const file = join(folder, 'crl.pem')
      const entries = existsSync(file) ? [...new x509.X509Crl(derOf(readFileSync(file, 'utf8'))).entries] : []
      const revoked = pem === undefined ? undefined : parseCertificate(x509, pem)
      if (revoked !== undefined && !(await revoked.verify({ publicKey: certificate.publicKey, signatureOnly: true }))) {
        throw badInput('That certificate is of another authority.')
      }
      const serials = entries.map(({ serialNumber, revocationDate }) => ({ serialNumber, revocationDate }))
      const isNew = !serials.some(({ serialNumber }) => sameSerial(serialNumber, revoked?.serialNumber))
      if (revoked !== undefined && isNew)
        serials.push({ serialNumber: revoked.serialNumber, revocationDate: new Date() })
      const { notBefore: thisUpdate, notAfter: nextUpdate } = lifetime(days)
      const list = await x509.X509CrlGenerator.create({
        issuer: certificate.subject,
        thisUpdate,
        nextUpdate,
        entries: serials,
        signingAlgorithm: algorithm,
        signingKey: key,
      })
      // A running sidecar may read it at any moment.
      writeFileSync(`${file}.new`, pemOf('X509 CRL', list.rawData))
      renameSync(`${file}.new`, file)
      return file
    },
  }
}

function newKeys() {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

function importKey(pem: string) {
  return crypto.subtle.importKey('pkcs8', derOf(pem), algorithm, false, ['sign'])
}

function derOf(pem: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64'))
}

/** Positive, 64 random bits (CA/Browser Forum baseline requirements 7.1). */
function serial(): string {
  return `01${randomBytes(8).toString('hex')}`
}

function lifetime(days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(Date.now() - earlierMs), notAfter: new Date(Date.now() + days * dayMs) }
}

/** `dns:worker-1.lab` and the like. @throws bad_input */
function parseName(text: string): { readonly type: 'dns' | 'email' | 'url' | 'ip'; readonly value: string } {
  const [, type, value = ''] = /^(dns|email|url|ip):(\S+)$/.exec(text) ?? []
  switch (type) {
    case 'dns':
    case 'email':
    case 'url':
    case 'ip':
      return { type, value }
    default:
      throw badInput(`${text} is no alternative name. Write dns:NAME, email:ADDRESS, url:URL or ip:ADDRESS.`)
  }
}

function readAuthority(x509: X509Library, folder: string): Certificate {
  return parseCertificate(x509, readText(folder, 'ca.crt'))
}

function parseCertificate(x509: X509Library, pem: string): Certificate {
  try {
    return new x509.X509Certificate(pem)
  } catch {
    throw badInput('That file is no PEM certificate.')
  }
}

function readText(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), 'utf8')
  } catch {
    throw badInput(`${join(folder, name)} cannot be read. Make an authority first: gatehouse cert ca --out ${folder}`)
  }
}

async function write(folder: string, name: string, certificate: Certificate, keys: KeyPair): Promise<SignedFiles> {
  const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
  for (const file of [certFile, keyFile]) {
    if (existsSync(file)) throw badInput(`${file} is there already. Move it away, or choose another name.`)
  }
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  writeFileSync(keyFile, pemOf('PRIVATE KEY', key), { mode: 0o600, flag: 'wx' })
  writeFileSync(certFile, `${certificate.toString('pem')}\n`, { flag: 'wx' })
  const fingerprint = Buffer.from(await certificate.getThumbprint('SHA-256')).toString('hex')
  return { certFile, keyFile, fingerprint }
}

/** Written with and without leading zeros. */
function sameSerial(one: string, other: string | undefined): boolean {
  return other !== undefined && BigInt(`0x${one}`) === BigInt(`0x${other}`)
}

/** The library writes lists of revoked certificates under a label that OpenSSL does not know. */
function pemOf(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function badInput(message: string): GatehouseError {
  return new GatehouseError('bad_input', { message })
}
