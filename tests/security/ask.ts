/** How does an attack ask? Over node:http, which adds no header of its own and lets every header be forged. */
import { request } from 'node:http'
import { parseRecord } from '../support/person.ts'
import type { World } from '../support/world.ts'

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: readonly string[]
  readonly body: string
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Buffer
}

export function ask(
  world: Pick<World, 'address'>,
  method: string,
  path: string,
  options: AskOptions = {},
): Promise<Reply> {
  const { hostname, port } = new URL(world.address)
  const headers = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : [...value],
    ]),
  )
  const { body } = options
  // Node sends the body of a GET without any framing unless it is told its length.
  if (body !== undefined) headers['content-length'] ??= String(Buffer.byteLength(body))
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const { 'set-cookie': cookies = [], date: _volatile, ...rest } = answer.headers
        resolve({
          status: answer.statusCode ?? 0,
          headers: Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)])),
          cookies,
          body: Buffer.concat(chunks).toString('utf8'),
        })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Logs in as the page does; the value of the Cookie header. */
export async function logsIn(world: Pick<World, 'address'>, username: string, password: string): Promise<string> {
  const reply = await ask(world, 'POST', '/gatehouse/api/v1/login', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  })
  const cookie = reply.cookies[0]?.split(';', 1)[0]
  if (reply.status !== 200 || cookie === undefined) throw new Error(`no log-in: ${reply.status} ${reply.body}`)
  return cookie
}

/** `page` and `csrf` of the session, as the page script gets them. */
export async function pageOf(world: World, cookie: string): Promise<{ readonly page: string; readonly csrf: string }> {
  const me = parseRecord(JSON.parse((await ask(world, 'GET', '/gatehouse/api/v1/me', { headers: { cookie } })).body))
  return { page: String(me.page), csrf: String(me.csrf) }
}

/** On both sides of `/api`. */
export function twins(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => [path, `/api${path}`])
}

/** The type of ComfyUI's error shape, or of the own API's. */
export function codeOf(reply: Reply): string {
  const error = parseRecord(parseRecord(JSON.parse(reply.body)).error)
  return String(error.type)
}
