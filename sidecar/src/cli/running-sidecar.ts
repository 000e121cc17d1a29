/** Where does the sidecar run that a command is used beside? Its address, and whether it serves there. */
import type { Config } from '../config/config.ts'
import { badInput } from './output.ts'
import { typedAddress } from './run-sidecar.ts'

/** What `--url` says, else what is listened on. @throws bad_input */
export function sidecarAddress(config: Config, url: string | undefined): string {
  if (url === undefined) return typedAddress(config.listen, config.server.tls_cert_file !== undefined)
  if (!/^https?:\/\/[^/?#@\s]+\/?$/.test(url) || !URL.canParse(url))
    throw badInput('Write --url as an address such as http://127.0.0.1:8288.')
  return url.replace(/\/$/, '')
}

/** @throws bad_input */
export async function expectSidecar(address: string): Promise<void> {
  const { status } = await fetch(`${address}/ready`, { signal: AbortSignal.timeout(5_000) }).catch((error: unknown) => {
    throw badInput(isDistrust(error) ? distrusted(address) : `Nothing answers at ${address}. ${cure}`)
  })
  if (status !== 200)
    throw badInput(`Gatehouse at ${address} is not ready (${status}): ComfyUI has to answer. Try again then.`)
}

const cure = 'Start Gatehouse, or name its address with --url.'

function distrusted(address: string): string {
  return `The certificate at ${address} is not believed here. Name the address that it is for with --url, and its authority with NODE_EXTRA_CA_CERTS.`
}

/** What OpenSSL and Node call a certificate that proves nothing. */
function isDistrust(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(code)
}
