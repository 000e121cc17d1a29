/** Which certificate did the other end of a connection show? Taken apart once for each connection. */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { ClientCertificate } from '../identity/credentials.ts'
import { loadX509, type X509Library } from './x509.ts'

const known = new WeakMap<Socket, ClientCertificate | undefined>()
let library: X509Library | undefined

/** To be awaited once before a server asks for certificates. */
export async function prepareCertificates(): Promise<void> {
  library ??= await loadX509()
}

/** Undefined where none was shown, which is every connection in clear. */
export function peerCertificate(socket: Socket): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  if (known.has(socket)) return known.get(socket)
  const certificate = read(socket)
  known.set(socket, certificate)
  return certificate
}

function read(socket: TLSSocket): ClientCertificate | undefined {
  const shown = socket.getPeerX509Certificate()
  if (shown === undefined) return undefined
  const { names, commonName } = namesIn(shown.raw)
  return {
    fingerprint: shown.fingerprint256.replaceAll(':', '').toLowerCase(),
    commonName,
    names,
    expiresAtMs: Date.parse(shown.validTo),
    isTrusted: socket.authorized,
    problem: socket.authorized ? '' : String(socket.authorizationError),
  }
}

/** Read from the DER: the text that Node makes of the names can be forged from inside them (CVE-2021-44532). */
function namesIn(raw: Uint8Array): Pick<ClientCertificate, 'names' | 'commonName'> {
  if (library === undefined) return { names: [], commonName: undefined }
  try {
    const certificate = new library.X509Certificate(new Uint8Array(raw))
    const extension = certificate.getExtension(library.SubjectAlternativeNameExtension)
    const names = (extension?.names.items ?? []).map(({ type, value }) => `${type}:${value}`)
    const common = certificate.subjectName.getField('CN')
    // Two common names are one too many to say who it is.
    return { names, commonName: common.length === 1 ? common[0] : undefined }
  } catch {
    // What the library cannot read names nobody.
    return { names: [], commonName: undefined }
  }
}
