/** Does `/userdata` answer as ComfyUI does? The same requests to both, answer by answer. */
import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findRealComfyui, noRealComfyui, type RealComfyui, startRealComfyui } from '../support/real-comfyui.ts'
import { type People, type Person, type Said, startPeople } from './people.ts'

type Step = readonly [method: 'GET' | 'HEAD' | 'POST' | 'DELETE', target: string, body?: string]

const story: readonly Step[] = [
  ['GET', '/userdata?dir=workflows&recurse=true&split=false&full_info=true'],
  ['GET', '/v2/userdata'],
  ['GET', '/userdata'],
  ['GET', '/userdata?dir='],
  ['GET', '/userdata/user.css'],
  ['GET', '/userdata/comfy.templates.json'],
  ['POST', '/userdata/workflows%2Fa.json?overwrite=false&full_info=true', '{"a":1}'],
  ['POST', '/userdata/workflows%2Fa.json?overwrite=false&full_info=true', '{"a":2}'],
  ['GET', '/userdata/workflows%2Fa.json'],
  ['HEAD', '/userdata/workflows%2Fa.json'],
  ['POST', '/userdata/workflows%2Fa.json?overwrite=true', '{"a":3}'],
  ['POST', '/userdata/workflows%252Fonce.json', 'x'],
  ['GET', '/userdata/workflows%2Fonce.json'],
  ['POST', '/userdata/workflows%2Fdeep%2F%E6%97%A5%E6%9C%AC%20%F0%9F%90%B1.json', 'unicode'],
  ['GET', '/userdata/workflows%2Fdeep%2F%E6%97%A5%E6%9C%AC%20%F0%9F%90%B1.json'],
  ['POST', '/userdata/workflows%2F.index.json', '{"favorites":[]}'],
  ['POST', '/userdata/workflows%2F.hidden%2Fx.json', 'x'],
  ['POST', '/userdata/.%2Fworkflows%2F%2Fdots.json', 'x'],
  ['POST', '/userdata/50%25%20done.json', 'x'],
  ['GET', '/userdata/50%25%20done.json'],
  ['GET', '/userdata?dir=workflows'],
  ['GET', '/userdata?dir=workflows&recurse=true'],
  ['GET', '/userdata?dir=workflows&recurse=TRUE&split=True'],
  ['GET', '/userdata?dir=workflows&recurse=1'],
  ['GET', '/userdata?dir=workflows&full_info=true&split=true'],
  ['GET', '/userdata?dir=workflows%2Fa.json'],
  ['GET', '/userdata?dir=workflows%2F.hidden'],
  ['GET', '/userdata?dir=.&recurse=true'],
  ['GET', '/userdata?dir=missing'],
  ['GET', '/v2/userdata'],
  ['GET', '/v2/userdata?path=workflows'],
  ['GET', '/v2/userdata?path=workflows%252Fdeep'],
  ['GET', '/v2/userdata?path=workflows%2Fa.json'],
  ['GET', '/v2/userdata?path=missing'],
  ['GET', '/userdata/workflows'],
  ['GET', '/userdata/%2E'],
  ['POST', '/userdata/workflows', 'x'],
  ['POST', '/userdata/%2E', 'x'],
  ['DELETE', '/userdata/nope.json'],
  ['DELETE', '/userdata/workflows%2Fonce.json'],
  ['GET', '/userdata/workflows%2Fonce.json'],
  ['POST', '/userdata/workflows%2Fa.json/move/workflows%2Fb.json?overwrite=false&full_info=true'],
  ['POST', '/userdata/workflows%2Fnope.json/move/workflows%2Fc.json'],
  ['POST', '/userdata/workflows%2Fb.json/move/workflows%2Fdots.json?overwrite=false'],
  ['POST', '/userdata/workflows%2Fb.json/move/workflows%2Fdots.json'],
  ['POST', '/userdata/workflows%2Fdots.json/move/workflows%2Fdeep'],
  ['GET', '/userdata/workflows%2Fdeep%2Fdots.json'],
  ['POST', '/userdata/workflows%2Fdeep/move/moved?full_info=false'],
  ['POST', '/userdata/50%25%20done.json/move/50%25%20done.json'],
  ['GET', '/v2/userdata?path='],
  // Out of one's own root, once, twice and three times encoded.
  ['GET', '/userdata/%2E%2E%2Fother%2Fworkflows'],
  ['GET', '/userdata/..%2F..%2Fx'],
  ['GET', '/userdata/%252e%252e%252fx'],
  ['GET', '/userdata/%2Fetc%2Fpasswd'],
  ['GET', '/userdata/%252Fetc%252Fpasswd'],
  ['POST', '/userdata/..%2Fx.json', 'x'],
  ['POST', '/userdata/%252e%252e%252fx.json', 'x'],
  ['DELETE', '/userdata/%252e%252e%252fx.json'],
  ['POST', '/userdata/..%2Fx/move/y'],
  ['POST', '/userdata/workflows/move/%252e%252e%252fy'],
  ['GET', '/userdata?dir=..'],
  ['GET', '/userdata?dir=%2Fetc'],
  ['GET', '/userdata?dir=%252e%252e'],
  ['GET', '/v2/userdata?path=..'],
  ['GET', '/v2/userdata?path=%252e%252e'],
  ['GET', '/v2/userdata?path=%25252e%25252e'],
  ['GET', '/v2/userdata?path=%2Fetc'],
  // What must never run.
  ['POST', '/userdata/page.html', '<script>1</script>'],
  ['GET', '/userdata/page.html'],
  ['POST', '/userdata/picture.svg', '<svg/>'],
  ['GET', '/userdata/picture.svg'],
  ['POST', '/userdata/script.js', '1'],
  ['GET', '/userdata/script.js'],
  ['POST', '/userdata/style.css', 'a{}'],
  ['GET', '/userdata/style.css'],
  ['POST', '/userdata/feed.xml', '<a/>'],
  ['GET', '/userdata/feed.xml'],
  ['POST', '/userdata/user.css', 'body{}'],
  ['GET', '/userdata/user.css'],
  ['GET', '/userdata?dir=.'],
  // Settings.
  ['POST', '/settings', '{"a":1.5,"b":"\\u00e9","c":[],"d":{"e":[1,2]},"__proto__":{"x":1}}'],
  ['GET', '/settings/a'],
  ['GET', '/settings/nothing'],
  ['GET', '/settings/toString'],
  ['GET', '/settings/__proto__'],
  ['POST', '/settings/Comfy.Test', '{"deep":[true,null]}'],
  ['POST', '/settings/b', '"other"'],
  ['GET', '/settings/b'],
]

const place = findRealComfyui()
if (place === undefined) console.warn(`userdata against the real ComfyUI: ${noRealComfyui}`)

describe.skipIf(place === undefined)('beside a real ComfyUI', () => {
  let comfyui: RealComfyui
  let people: People
  let alice: Person

  beforeAll(async () => {
    comfyui = await startRealComfyui()
    people = await startPeople()
    alice = people.person('alice', 'a'.repeat(20))
  }, 200_000)

  afterAll(async () => {
    await comfyui?.close()
    await people?.[Symbol.asyncDispose]()
  })

  // One test: every step changes what the next ones see.
  test('every step of the story is answered alike', async () => {
    for (const [method, target, body] of story) {
      const theirs = await ask(comfyui, method, target, body)
      const ours = await alice.asks(method, target, body)
      expect.soft(comparable(ours, method), `${method} ${target}`).toEqual(comparable(theirs, method))
    }
  })

  test.each(['bytes=1-1', 'bytes=9-', 'bytes=-2', 'bytes=0-0,2-2', 'bytes=2-1', 'pages=1'])(
    'the range %s is answered alike',
    async (range) => {
      await ask(comfyui, 'POST', '/userdata/range.txt', 'abc')
      await alice.asks('POST', '/userdata/range.txt', 'abc')
      const theirs = await ask(comfyui, 'GET', '/userdata/range.txt', undefined, { range })
      const ours = await alice.asks('GET', '/userdata/range.txt', undefined, { range })
      expect(comparable(ours, 'GET')).toEqual(comparable(theirs, 'GET'))
    },
  )

  test('the settings file on disk has the same bytes', async () => {
    const settings = '{"a":1.5,"b":"\\u00e9\\ud83d\\udc31\\u007f","c":[],"d":{},"e":{"f":[1,"x"]}}'
    for (const [method, target, body] of [
      ['POST', '/settings', settings],
      ['GET', '/userdata/comfy.settings.json'],
    ] as const) {
      await ask(comfyui, 'DELETE', '/userdata/comfy.settings.json')
      await alice.asks('POST', '/userdata/comfy.settings.json', '{}')
      await ask(comfyui, 'POST', '/settings', settings)
      await alice.asks('POST', '/settings', settings)
      const theirs = await ask(comfyui, method, target, body)
      const ours = await alice.asks(method, target, body)
      expect(ours.body).toBe(theirs.body)
    }
  })
})

async function ask(comfyui: RealComfyui, method: string, target: string, body?: string, headers = {}): Promise<Said> {
  const { promise, resolve, reject } = Promise.withResolvers<Said>()
  const outgoing = request({ host: '127.0.0.1', port: comfyui.port, method, path: target, headers }, async (answer) => {
    const bytes = await buffer(answer)
    const named = Object.entries(answer.headers).map(([key, value]) => [key, String(value)])
    resolve({ status: answer.statusCode ?? 0, headers: Object.fromEntries(named), body: bytes.toString() })
  })
  outgoing.on('error', reject).end(body)
  return promise
}

/** What a client can tell apart; times differ because the files do. */
function comparable({ status, headers, body }: Said, method: string): unknown {
  // The reason phrase says what our body says.
  if (status === 400 && (body === '' || body.startsWith('Invalid filename'))) return { status }
  const kept = ['content-disposition', 'x-content-type-options', 'content-range', 'accept-ranges']
  const shown = Object.fromEntries(kept.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])))
  const type = status === 204 || (body === '' && method !== 'HEAD') ? undefined : headers['content-type']
  const length = method === 'HEAD' ? headers['content-length'] : undefined
  return { status, shown, type, length, body: method === 'HEAD' ? '' : comparableBody(body, type) }
}

function comparableBody(body: string, type: string | undefined): unknown {
  if (type !== 'application/json; charset=utf-8') return body
  const value: unknown = JSON.parse(body, (key, inner: unknown) =>
    key === 'modified' || key === 'created' ? typeof inner : inner,
  )
  // Python's glob lists in the order of the disk.
  return Array.isArray(value) ? value.map((entry) => JSON.stringify(entry)).sort() : value
}
