import { describe, expect, it } from 'vitest'
import { parseProof } from './parse-proof.ts'

const proof = 'ab'.repeat(32)
const body = `{"proof": "${proof}"}`
const answer = (head: string, content = body) => Buffer.from(`${head}\r\n\r\n${content}`, 'latin1')
const good = `HTTP/1.1 200 OK\r\nServer: gatehouse\r\nContent-Length: ${body.length}`

describe('parseProof', () => {
  it('reads the answer of the guard', () => {
    expect(parseProof(answer(good))).toEqual({ state: 'proof', proof })
  })

  it('waits at every byte of an answer that is still on its way', () => {
    const whole = answer(good)
    for (let length = 0; length < whole.length; length++) {
      expect(parseProof(whole.subarray(0, length))).toEqual({ state: 'incomplete' })
    }
  })

  const refused: readonly (readonly [string, Buffer])[] = [
    ['one byte behind the answer', answer(good, `${body}H`)],
    ['a second answer behind the first', Buffer.concat([answer(good), answer(good)])],
    ['another status', answer(good.replace('200 OK', '201 Created'))],
    ['an interim status', answer(good.replace('200 OK', '100 Continue'))],
    ['HTTP/1.0', answer(good.replace('HTTP/1.1', 'HTTP/1.0'))],
    ['a chunked body', answer(`${good}\r\nTransfer-Encoding: chunked`)],
    ['two lengths', answer(`${good}\r\nContent-Length: ${body.length}`)],
    ['two lengths in one field', answer(good.replace(`${body.length}`, `${body.length}, ${body.length}`))],
    ['a length with a sign', answer(good.replace(`: ${body.length}`, `: +${body.length}`))],
    ['a length over the bound', answer(good.replace(`: ${body.length}`, ': 257'))],
    ['no length', answer('HTTP/1.1 200 OK')],
    ['a connection that closes', answer(`${good}\r\nConnection: close`)],
    ['a connection that upgrades', answer(`${good}\r\nConnection: upgrade\r\nUpgrade: h2c`)],
    ['a folded header', answer(`${good}\r\nX-A: b\r\n c`)],
    ['a space before the colon', answer(good.replace('Content-Length:', 'Content-Length :'))],
    ['a bare line feed in the head', answer(`${good}\r\nX-A: b\nX-C: d`)],
    ['a head without an end', Buffer.alloc(4100, 'a')],
    ['a head over the bound', answer(`${good}\r\nX-A: ${'a'.repeat(5000)}`)],
    ['another member', answer(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length + 6}`, `${body.slice(0, -1)},"a":1}`)],
    ['upper-case hex', answer(good, body.replaceAll('ab', 'AB'))],
    ['a short proof', answer(good, `{"proof": "${proof.slice(2)}"}  `)],
  ]
  it.each(refused)('refuses %s', (_, received) => {
    expect(parseProof(received)).toEqual({ state: 'refused' })
  })
})
