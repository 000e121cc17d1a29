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
  const ready = await fetch(`${address}/ready`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
  if (ready === undefined)
    throw badInput(`Nothing answers at ${address}. Start Gatehouse, or name its address with --url.`)
  if (ready.status !== 200)
    throw badInput(`Gatehouse at ${address} is not ready (${ready.status}): ComfyUI has to answer. Try again then.`)
}
