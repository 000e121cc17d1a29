/** How is a client's body read? At most once, with a limit before the first byte, plain UTF-8 only. */
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { Json } from '@gatehouse/shared/json'
import { GatehouseError } from '../gatehouse-error.ts'
import type { RequestBody } from '../policy/canonical-request.ts'
import { parseJsonInTurns } from '../transform/lossless-json.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const plainCharset = /^"?utf-?8"?$/i

/** Wraps a request; nothing is read until a row asks. */
export function createRequestBody(message: IncomingMessage, headers: ReadonlyMap<string, string>): RequestBody {
  const stream = (): Readable => {
    refuseEncodings(headers)
    return message
  }
  const bytes = (limitBytes: number): Promise<Uint8Array> => {
    refuseEncodings(headers)
    return readLimited(message, Number(headers.get('content-length') ?? 0), limitBytes)
  }
  const json = async (limitBytes: number): Promise<Json> => parseJsonInTurns(decodeUtf8(await bytes(limitBytes)))
  return { stream, bytes, json }
}

/** aiohttp would inflate a compressed body and decode utf-16 or utf-7: what was judged must be what is sent. */
function refuseEncodings(headers: ReadonlyMap<string, string>): void {
  const encoding = headers.get('content-encoding')
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') throw new GatehouseError('unsupported_encoding')
  const charset = /;\s*charset\s*=\s*([^;\s]+)/i.exec(headers.get('content-type') ?? '')?.[1]
  if (charset !== undefined && !plainCharset.test(charset)) throw new GatehouseError('unsupported_encoding')
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw new GatehouseError('bad_json', { cause })
  }
}

async function readLimited(message: IncomingMessage, announcedBytes: number, limitBytes: number): Promise<Uint8Array> {
  if (announcedBytes > limitBytes) throw new GatehouseError('body_too_large')
  const chunks: Buffer[] = []
  let sizeBytes = 0
  // A refusal has yet to be written to the connection, which leaving the loop would otherwise destroy.
  for await (const chunk of message.iterator({ destroyOnReturn: false })) {
    sizeBytes += chunk.length
    if (sizeBytes > limitBytes) throw new GatehouseError('body_too_large')
    chunks.push(chunk)
  }
  if (!message.complete) throw new GatehouseError('bad_request', { detail: 'client disappeared' })
  return Buffer.concat(chunks, sizeBytes)
}
