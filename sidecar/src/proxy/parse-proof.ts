/** What did the upstream answer to the nonce? The smallest HTTP answer that can carry a proof, and nothing beyond it. */

const headBytes = 4096
const bodyBytes = 256
const headEnd = Buffer.from('\r\n\r\n')
const proofBody = /^\{\s*"proof"\s*:\s*"([0-9a-f]{64})"\s*\}$/

export type ProofReading =
  | { readonly state: 'incomplete' | 'refused' }
  | { readonly state: 'proof'; readonly proof: string }

const incomplete: ProofReading = { state: 'incomplete' }
const refused: ProofReading = { state: 'refused' }

/** Reads all bytes received so far; one byte more than the answer is refused, for it would answer the next request. */
export function parseProof(received: Buffer): ProofReading {
  const end = received.indexOf(headEnd)
  if (end < 0) return received.length > headBytes ? refused : incomplete
  if (end > headBytes) return refused
  const length = parseHead(received.toString('latin1', 0, end))
  if (length === undefined) return refused
  const body = received.subarray(end + headEnd.length)
  if (body.length < length) return incomplete
  if (body.length > length) return refused
  const proof = proofBody.exec(body.toString('latin1'))?.[1]
  return proof === undefined ? refused : { state: 'proof', proof }
}

/** The length of the body; undefined unless the connection stays open and the length is said exactly once. */
function parseHead(head: string): number | undefined {
  const [statusLine = '', ...lines] = head.split('\r\n')
  if (!/^HTTP\/1\.1 200(?: [\x20-\x7e]*)?$/.test(statusLine)) return undefined
  let length: number | undefined
  for (const line of lines) {
    const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*)$/.exec(line)
    const name = field?.[1]?.toLowerCase()
    const value = field?.[2]?.trim() ?? ''
    if (name === undefined || name === 'transfer-encoding' || name === 'upgrade') return undefined
    if (name === 'connection' && value.toLowerCase() !== 'keep-alive') return undefined
    if (name !== 'content-length') continue
    if (length !== undefined || !/^[0-9]{1,4}$/.test(value) || Number(value) > bodyBytes) return undefined
    length = Number(value)
  }
  return length
}
