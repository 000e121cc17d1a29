/** What happens when other client certificates stand for people? Sockets that one of them opened close: whoever still may, comes again. */
import { isDeepStrictEqual } from 'node:util'
import type { LiveConfig } from '../config/live-config.ts'
import type { Hub } from '../hub/hub.ts'
import { isCertificateCredential } from '../identity/client-certificate.ts'

export interface CertificatesDependencies {
  readonly live: Pick<LiveConfig, 'current' | 'onChange'>
  readonly hub: Pick<Hub, 'close'>
}

/** The result ends it. */
export function followCertificates({ live, hub }: CertificatesDependencies): () => void {
  let known = live.current().auth.client_certificates
  return live.onChange(({ auth: { client_certificates: next } }) => {
    const isSame = isDeepStrictEqual(known, next)
    known = next
    if (!isSame) hub.close(({ credentialId }) => isCertificateCredential(credentialId))
  })
}
