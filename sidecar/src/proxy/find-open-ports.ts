/** Can ComfyUI be reached around the door? Asks it as a stranger would, from here and from this machine's other addresses. */
import { request } from 'node:http'
import { networkInterfaces } from 'node:os'

export interface OpenPort {
  /** `host:port` at which a stranger got an answer from ComfyUI. */
  readonly address: string
  /** Whether others than this machine reach it. */
  readonly isExposed: boolean
}

const patienceMs = 2_000
const loopback = /^(?:127\.|::1$|localhost$)/

/** Where ComfyUI answers without the guard's secret. An https ComfyUI on another machine is its operator's to close. */
export async function findOpenPorts(
  url: URL,
  hosts: readonly string[] = hostsToAsk(url),
): Promise<readonly OpenPort[]> {
  if (url.protocol !== 'http:') return []
  const port = url.port === '' ? 80 : Number(url.port)
  const answers = await Promise.all(hosts.map(async (host) => ({ host, isOpen: await answersStrangers(host, port) })))
  return answers
    .filter(({ isOpen }) => isOpen)
    .map(({ host }) => ({
      address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
      isExposed: !loopback.test(host),
    }))
}

/** The configured host, and where that is this machine itself, every address under which others know it. */
function hostsToAsk(url: URL): readonly string[] {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!loopback.test(host)) return [host]
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  // A link-local IPv6 address means nothing without its interface.
  const outward = own
    .filter(({ internal, address }) => !internal && !/^fe80:/i.test(address))
    .map(({ address }) => address)
  return [host, ...new Set(outward)]
}

function answersStrangers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host, port, path: '/system_stats', timeout: patienceMs, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
    asked.end()
  })
}
