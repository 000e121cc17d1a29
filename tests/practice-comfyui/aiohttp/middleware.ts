/** What do ComfyUI's two standing middlewares do to every request and answer? */
import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { type AnswerHeaders, type BytesAnswer, empty } from './answer.ts'

const imageExtensions = ['.jpg', '.jpeg', '.png', '.ppm', '.bmp', '.pgm', '.tif', '.tiff', '.webp']
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/**
 * `middleware/cache_middleware.py`: the Cache-Control it adds when the handler set none. `status` is the one the
 * handler returned: a FileResponse still says 200 when its file turns out to be missing.
 */
export function cacheControl(path: string, status: number): AnswerHeaders {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const isEntryPoint = name.startsWith('index') && name.endsWith('.json')
  if (path.endsWith('.js') || path.endsWith('.css') || isEntryPoint) return [['Cache-Control', 'no-store']]
  if (!imageExtensions.some((extension) => path.toLowerCase().endsWith(extension))) return []
  if (status === 404) return [['Cache-Control', 'public, max-age=3600']]
  if ([200, 201, 202, 203, 204, 205, 206, 301, 308].includes(status))
    return [['Cache-Control', 'public, max-age=86400']]
  return [302, 303, 307].includes(status) ? [['Cache-Control', 'no-cache']] : []
}

/** `server.py:create_origin_only_middleware`: 403 for a foreign page, an empty 200 for OPTIONS, else undefined. */
export async function originOnly(
  method: string,
  header: (name: string) => string | undefined,
): Promise<BytesAnswer | undefined> {
  if (header('sec-fetch-site') === 'cross-site') return empty(403)
  const host = header('host')
  const origin = header('origin')
  if (host !== undefined && origin !== undefined && (await isForeign(host, origin))) return empty(403)
  return method === 'OPTIONS' ? empty(200) : undefined
}

async function isForeign(host: string, origin: string): Promise<boolean> {
  const own = splitAuthority(host.toLowerCase())
  const other = splitAuthority(/^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(origin)?.[1]?.toLowerCase() ?? '')
  const bothPorts = own.port !== '' && other.port !== ''
  const ownName = bothPorts ? `${own.name}:${own.port}` : own.name
  const otherName = bothPorts ? `${other.name}:${other.port}` : other.name
  if (ownName === '' || otherName === '' || ownName === otherName) return false
  return await isLoopback(own.name)
}

function splitAuthority(authority: string): { name: string; port: string } {
  const match = /^(?:[^@]*@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority)
  return { name: (match?.[1] ?? '').replace(/^\[|\]$/g, ''), port: match?.[2] ?? '' }
}

async function isLoopback(name: string): Promise<boolean> {
  if (isIP(name) !== 0) return isLoopbackAddress(name)
  const found = await lookup(name, { all: true }).catch(() => [])
  return found.length > 0 && found.every(({ address }) => isLoopbackAddress(address))
}

function isLoopbackAddress(address: string): boolean {
  return loopback.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}
