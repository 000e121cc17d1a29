/** How is an answer put on the wire, header for header as aiohttp does? */
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import type { Answer, AnswerHeaders } from './answer.ts'
import { prepareFile } from './file-answer.ts'

const serverName = 'Python/3.11 aiohttp/3.14.5'

export function writeAnswer(
  response: ServerResponse,
  answer: Answer,
  method: string,
  header: (name: string) => string | undefined,
): void {
  // Only aiohttp's own errors say `Connection`.
  response.removeHeader('connection')
  if (answer.kind === 'bytes') {
    const bare = answer.status === 204 || answer.status === 304
    const headers: AnswerHeaders = bare
      ? answer.headers.filter(([name]) => name !== 'Content-Type')
      : [...answer.headers, ['Content-Length', String(answer.body.length)]]
    writeHead(response, answer.status, headers)
    response.end(method === 'HEAD' || bare ? undefined : answer.body)
    return
  }
  const prepared = prepareFile(answer, header)
  if (!prepared.chunked) response.removeHeader('transfer-encoding')
  // A HEAD of an answer without a length says nothing about its body.
  const skipped = method === 'HEAD' && prepared.chunked ? ['Content-Type'] : []
  writeHead(
    response,
    prepared.status,
    prepared.headers.filter(([name]) => !skipped.includes(name)),
  )
  if (method === 'HEAD' || prepared.open === undefined) response.end()
  else pipeline(prepared.open(), response, () => response.destroy())
}

function writeHead(response: ServerResponse, status: number, headers: AnswerHeaders): void {
  response.sendDate = false
  const flat = [...headers, ['Date', new Date().toUTCString()], ['Server', serverName]].flat()
  response.writeHead(status, reasonOf(status), flat.map(asAiohttpWrites))
}

/** aiohttp writes UTF-8, Node one byte for each character: a file name in any script is the same bytes. */
function asAiohttpWrites(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function reasonOf(status: number): string {
  return status === 416 ? 'Requested Range Not Satisfiable' : (reasons[status] ?? '')
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  206: 'Partial Content',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Request Entity Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}
