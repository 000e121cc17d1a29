/** What of an issuer's answer is believed? A small JSON document with status 200 from that very address. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDocumentFetcher } from './fetch-document.ts'

const asked: string[] = []
const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/good': (response) => response.end('{"keys":[]}'),
  '/moved': (response) => response.writeHead(302, { location: '/good' }).end(),
  '/moved-for-ever': (response) =>
    response.writeHead(301, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
  '/missing': (response) => response.writeHead(404).end('{"keys":[]}'),
  '/no-json': (response) => response.end('<html></html>'),
  '/large': (response) => response.end(JSON.stringify({ fill: 'x'.repeat(600 * 1024) })),
  '/endless': (response) => {
    const more = (): void => {
      while (!response.destroyed && response.write('['.repeat(65_536)));
    }
    response.on('drain', more)
    more()
  },
  '/cut': (response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('{"keys":[]}', () => response.destroy())
  },
}

const server = createServer((request, response) => {
  asked.push(request.url ?? '')
  answers[request.url ?? '']?.(response)
})
const fetcher = createDocumentFetcher()
let origin: string

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
})
afterAll(async () => {
  fetcher.close()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

describe('a document of an issuer', () => {
  it('is read from its address', async () => {
    expect(await fetcher.fetchDocument(`${origin}/good`)).toEqual({ keys: [] })
  })

  it.each(Object.keys(answers).filter((path) => path !== '/good'))('that is answered as %s is none', async (path) => {
    asked.length = 0
    await expect(fetcher.fetchDocument(`${origin}${path}`)).rejects.toThrow()
    expect(asked).toEqual([path])
  })

  it('of an address where nobody answers is none', async () => {
    await expect(fetcher.fetchDocument('http://127.0.0.1:1/')).rejects.toThrow()
  })
})
