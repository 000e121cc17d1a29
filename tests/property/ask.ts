/** What exactly was answered? Status, headers in their order, bytes; nothing unpacked, nothing interpreted. */
import { Agent, request } from 'node:http'

export interface Question {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export interface Seen {
  readonly status: number
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

const agent = new Agent({ keepAlive: true })

export function ask(address: string, key: string, question: Question): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const asked = request(`${address}${question.path}`, {
      agent,
      method: question.method,
      headers: { authorization: `Bearer ${key}`, ...question.headers },
    })
    asked.once('error', reject)
    asked.once('response', (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.once('error', reject)
      answer.once('end', () =>
        resolve({ status: answer.statusCode ?? 0, rawHeaders: answer.rawHeaders, body: Buffer.concat(parts) }),
      )
    })
    asked.end(question.body)
  })
}

export function askJson(method: string, path: string, body: unknown): Question {
  return { method, path, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}

const boundary = 'a-boundary-of-the-story'

/** A form as browsers send it. */
export function askForm(
  path: string,
  file: { readonly field: string; readonly filename: string; readonly bytes: Uint8Array },
  fields: Readonly<Record<string, string>>,
): Question {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="${file.field}"; filename="${file.filename}"\r\n`
  const body = Buffer.concat([
    Buffer.from(`${parts.join('')}${head}content-type: image/png\r\n\r\n`),
    file.bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  return { method: 'POST', path, body, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } }
}
