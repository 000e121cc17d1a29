/** Do two parsers read one request differently? Deeper: tests/security/targets.test.ts, tests/security/graphs.test.ts. */
import { deflateSync, gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { exchangeRaw } from '../../security/raw-socket.ts'
import { savedPicture } from '../../support/graphs.ts'
import { attack, type Family, type Scene } from '../attack.ts'
import { refused } from '../verdict.ts'

const good = JSON.stringify({ prompt: savedPicture('body') })
const escaping = good.replace('"filename_prefix":"body"', '"filename_prefix":"../escaped"')
const json = { 'content-type': 'application/json' }

const bodies: readonly (readonly [string | Buffer, Readonly<Record<string, string>>])[] = [
  [gzipSync(good), { ...json, 'content-encoding': 'gzip' }],
  [gzipSync(Buffer.alloc(20_000_000)), { ...json, 'content-encoding': 'gzip' }],
  [deflateSync(good), { ...json, 'content-encoding': 'deflate' }],
  [Buffer.from(good, 'utf16le'), { 'content-type': 'application/json; charset=utf-16' }],
  [good, { 'content-type': 'application/json; charset=utf-7' }],
  [`\ufeff${good}`, json],
  [good.replace('"width":16', '"width":NaN'), json],
  [good.replace('"width":16', '"width":-Infinity'), json],
  [`${'['.repeat(5_000)}${']'.repeat(5_000)}`, json],
  [`${good}${good}`, json],
  [escaping, { 'content-type': 'text/plain' }],
  [escaping, {}],
  [escaping, { 'content-type': 'application/x-www-form-urlencoded' }],
  [good.replace('"filename_prefix":"body"', '"filename_prefix":"body","filename_prefix":"../last"'), json],
  [good.replace('"1":{', '"__proto__":{"class_type":"NoSuchNode","inputs":{}},"1":{'), json],
]

const odd = attack('A46', 'a body in another type, encoding, charset or grammar', {
  attempt: async ({ attacker, forwarded }) => {
    for (const [body, headers] of bodies) {
      refused(await attacker.ask('POST', '/prompt', { body, headers }), body.toString('latin1').slice(0, 80))
    }
    expect(({} as Record<string, unknown>).class_type).toBeUndefined()
    expect(forwarded()).toEqual([])
  },
  control: async ({ victim }) => [
    await victim.ask('POST', '/prompt', { body: good, headers: json }),
    await victim.ask('POST', '/prompt', { body: good, headers: { 'content-type': 'text/plain' } }),
  ],
})

const inner = 'POST /free HTTP/1.1\r\nHost: inner\r\nContent-Length: 2\r\n\r\n{}'

async function smuggles({ attacker, prefix, world }: Scene): Promise<void> {
  const credential = attacker.key === '' ? [] : [`Authorization: Bearer ${attacker.key}`]
  for (const [headers, body] of [
    [['Content-Length: 2', 'Content-Length: 60'], `{}${inner}`],
    [['Content-Length: 2', 'Transfer-Encoding: chunked'], `0\r\n\r\n${inner}`],
    [['Transfer-Encoding: xchunked', 'Content-Length: 2'], `{}${inner}`],
    [['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${inner}`],
    [['Transfer-Encoding : chunked'], `0\r\n\r\n${inner}`],
    [['Content-Length: +2'], `{}${inner}`],
    [['X-A: 1\nContent-Length: 60', 'Content-Length: 2'], `{}${inner}`],
  ] as const) {
    attacker.triesOtherwise()
    const head = [`POST ${prefix}/settings HTTP/1.1`, 'Host: gatehouse.test', ...credential, ...headers]
    const answer = await exchangeRaw(world.address, `${head.join('\r\n')}\r\n\r\n${body}`)
    expect(answer.text.match(/HTTP\/1\.1 /g) ?? [], head.join(' ')).toHaveLength(1)
    expect([400, 401, 403, 411, 501], head.join(' ')).toContain(answer.status)
  }
}

const smuggling = attack('A47', 'a second request inside the first, an upgrade, a line break in an answer', {
  attempt: async (scene) => {
    const { attacker, prefix, forwarded } = scene
    await smuggles(scene)
    const upgrades = [
      ['Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAAQAAP__'],
      ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
    ]
    for (const headers of upgrades) {
      for (const path of ['/history/none', '/view?filename=x', '/prompt', '/userdata/x']) {
        const { status } = await attacker.raw(`GET ${prefix}${path}`, headers)
        expect(status, path).not.toBe(101)
      }
    }
    const split = await attacker.raw(`GET ${prefix}/view?type=input&filename=a%0d%0aX-Injected:%201.png`)
    expect(split.head).not.toMatch(/^x-injected/im)
    expect(forwarded().filter((line) => line.startsWith('POST'))).toEqual([])
  },
  control: async ({ victim }) => {
    using socket = await victim.opens()
    return [socket, await victim.post('/settings', { fine: 1 })]
  },
})

export const parsers: Family = { name: 'two parsers', attacks: [odd, smuggling] }
