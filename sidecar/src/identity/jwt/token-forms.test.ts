/** Which texts are no tokens, although their signature is right or some reader would let them pass? The forms that attacks on readers use. */
import { type KeyObject, sign } from 'node:crypto'
import { CompactEncrypt, FlattenedSign, GeneralSign } from 'jose'
import { describe, expect, it } from 'vitest'
import { GatehouseError } from '../../gatehouse-error.ts'
import {
  audience,
  encode,
  forge,
  forgeHmac,
  goodClaims,
  goodHeader,
  type IssuerChanges,
  issue,
  issuerUrl,
  issuerWith,
  jwkOf,
  keyPairs,
  keysOf,
  nowMs,
} from './forge.ts'
import { findIssuer, vouch } from './jwt-issuer.ts'
import { looksLikeJwt, parseToken } from './parse-token.ts'

const { rsa, otherRsa } = keyPairs
const seconds = nowMs / 1_000

/** The subject, or the code of the refusal. */
async function judge(text: string, changes: IssuerChanges = {}): Promise<string> {
  try {
    const token = parseToken(text)
    return (await vouch(findIssuer([issuerWith(changes)], token), token, nowMs)).subject.subject
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error
    return error.code
  }
}

const coded = (text: string): string => Buffer.from(text).toString('base64url')

/** Rightly signed, whatever the two texts hold. */
function signed(header: string, payload: string, key: KeyObject = rsa.privateKey): string {
  const text = `${coded(header)}.${coded(payload)}`
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

const header = JSON.stringify(goodHeader)
const payload = JSON.stringify(goodClaims)
const withHeader = (more: object): string => signed(JSON.stringify({ ...goodHeader, ...more }), payload)
const withClaims = (more: object): string => signed(header, JSON.stringify({ ...goodClaims, ...more }))
/** As it is written, since JSON.stringify writes no such number. */
const withTime = (name: 'exp' | 'nbf' | 'iat', written: string): string =>
  signed(header, payload.replace(new RegExp(`"${name}":\\d+`), `"${name}":${written}`))

describe('a header', () => {
  it.each([
    ['b64 of false', { b64: false }],
    ['b64 of true', { b64: true }],
    ['b64 of false, and says so in crit', { b64: false, crit: ['b64'] }],
    ['crit that is no list', { crit: 'exp' }],
    ['crit of null', { crit: null }],
    [
      'a crit of a name that nobody knows',
      { crit: ['http://example.com/UNDEFINED'], 'http://example.com/UNDEFINED': 1 },
    ],
    ['enc, as if it were encrypted', { enc: 'A256GCM' }],
    ['zip', { zip: 'DEF' }],
    ['its own key', { jwk: jwkOf(rsa.publicKey) }],
    ['its own key of null', { jwk: null }],
    ['where its keys are', { jku: `${issuerUrl}keys` }],
    ['a chain of certificates', { x5c: [] }],
    ['where a chain of certificates is', { x5u: issuerUrl }],
    ['a nested token', { cty: 'JWT' }],
    ['a typ of the wrong kind', { typ: ['JWT'] }],
    ['an alg of the wrong kind', { alg: { name: 'RS256' } }],
    ['an alg in small letters', { alg: 'rs256' }],
    ['an alg with a space', { alg: 'RS256 ' }],
    ['an alg that nobody should use any more', { alg: 'RS1' }],
    ['an alg of the object prototype', { alg: 'constructor' }],
    ['a kid that is a number', { kid: 1 }],
    ['a kid of null', { kid: null }],
    ['a kid of another key', { kid: 'two' }],
    ['a kid of a path', { kid: '../../../dev/null' }],
    ['a kid of SQL', { kid: "one' OR '1'='1" }],
    ['a kid with an end of a text', { kid: 'one\u0000' }],
    ['a kid in capitals', { kid: 'ONE' }],
    ['a huge kid', { kid: 'k'.repeat(10_000) }],
  ])('with %s proves nobody, though the signature is right', async (_what, more) => {
    expect(await judge(withHeader({}))).toBe('alice')
    expect(await judge(withHeader(more))).toBe('unauthenticated')
  })

  it.each([1, null, true, ['one'], { id: 'one' }, 'k'.repeat(513)])(
    'with a kid of %j is refused, also where keys have no ids',
    async (kid) => {
      const keys = keysOf([undefined, rsa.publicKey])
      expect(await judge(withHeader({ kid: 'anything' }), { keys })).toBe('alice')
      expect(await judge(withHeader({ kid }), { keys })).toBe('unauthenticated')
    },
  )

  it('without a kid may be of any key, and with the kid of two of either', async () => {
    const both = keysOf(['one', otherRsa.publicKey], ['one', rsa.publicKey])
    expect(await judge(withHeader({}), { keys: both })).toBe('alice')
    const apart = keysOf(['one', otherRsa.publicKey], ['two', rsa.publicKey])
    expect(await judge(signed(JSON.stringify({ alg: 'RS256' }), payload), { keys: apart })).toBe('alice')
    expect(await judge(withHeader({}), { keys: apart })).toBe('unauthenticated')
  })

  it('that names a member twice means the last one, and is nothing without its signature', async () => {
    const none = header.replace('{', '{"alg":"none",')
    // RFC 7519 section 4: refuse it, or take the last; both readers take the last.
    expect(await judge(signed(none, payload))).toBe('alice')
    expect(await judge(`${coded(none)}.${coded(payload)}.`)).toBe('unauthenticated')
    expect(await judge(signed(header.replace('}', ',"alg":"none"}'), payload))).toBe('unauthenticated')
    expect(await judge(signed(header.replace('}', ',"alg":"HS256"}'), payload))).toBe('unauthenticated')
    expect(await judge(signed(header.replace('}', ',"kid":"two"}'), payload))).toBe('unauthenticated')
    expect(await judge(signed(payload.replace('}', ',"jwk":{},"jwk":null}'), payload))).toBe('unauthenticated')
  })
})

describe('claims', () => {
  it('that are named twice mean the last one, for whoever chose the issuer as well', async () => {
    const twice = (name: string, value: unknown): string =>
      signed(header, payload.replace(/\}$/, `,${JSON.stringify(name)}:${JSON.stringify(value)}}`))
    expect(await judge(twice('sub', 'mallory'))).toBe('mallory')
    for (const [name, value] of [
      ...([
        ['iss', 'https://other.example/'],
        ['aud', 'elsewhere'],
        ['exp', seconds - 60],
        ['nbf', seconds + 60],
      ] as const),
    ]) {
      expect(await judge(twice(name, value)), name).toBe('unauthenticated')
    }
  })

  it.each([
    ['a text', `"${seconds + 600}"`],
    ['a negative number', `-${seconds + 600}`],
    ['0', '0'],
    ['-0', '-0'],
    ['null', 'null'],
    ['true', 'true'],
    ['a list', `[${seconds + 600}]`],
    ['an object', `{"$gt":0}`],
    ['a number too large for one', '1e999'],
    ['a negative number too large for one', '-1e999'],
    ['a text of NaN', '"NaN"'],
    ['an empty text', '""'],
    ['a date', '"2030-01-01T00:00:00Z"'],
  ])('with an exp of %s prove nobody', async (_what, written) => {
    expect(await judge(withTime('exp', written))).toBe('unauthenticated')
    expect(await judge(withTime('exp', written), { rules: { mayBeEndless: true } })).toBe('unauthenticated')
  })

  it.each(['nbf', 'iat'] as const)('with an odd %s, or one of the future, prove nobody', async (name) => {
    const texts = [`"${seconds}"`, 'null', 'true', '[]', '{}', '1e999', String(seconds + 31), '1e300', String(nowMs)]
    for (const written of texts) expect(await judge(withTime(name, written)), written).toBe('unauthenticated')
  })

  it.each(['NaN', 'Infinity', '0x7fffffff', '+1', '1_000', '01', '.5'])(
    'with a number of %s are no JSON',
    async (written) => {
      expect(await judge(withTime('exp', written))).toBe('unauthenticated')
    },
  )

  it('end in fractions of a second, and in far futures, as they say', async () => {
    expect(await judge(withTime('exp', `${seconds + 1}.5`))).toBe('alice')
    expect(await judge(withTime('exp', `${seconds - 31}.5`))).toBe('unauthenticated')
    const ends = async (written: string) => {
      const token = parseToken(withTime('exp', written))
      const issuer = issuerWith()
      return (await vouch(issuer, token, nowMs)).expiresAtMs
    }
    expect(await ends(`${seconds + 1}.5`)).toBe(nowMs + 1_500 + 30_000)
    expect(await ends('99999999999')).toBe(99_999_999_999_000 + 30_000)
  })

  it('of which the end is beyond every date prove nobody', async () => {
    // What no clock holds, no timer and no column does either.
    for (const written of ['1e15', '1e300', '1.7976931348623157e308']) {
      expect(await judge(withTime('exp', written)), written).toBe('unauthenticated')
    }
  })

  it.each([
    null,
    7,
    true,
    {},
    [[audience]],
    [audience, 7],
    [audience, null],
    { 0: audience, length: 1 },
    `${audience} other`,
    `${audience},other`,
    audience.toUpperCase(),
    `${audience}\u0000`,
    '',
    [''],
    ['*'],
  ])('for %j are for somebody else', async (aud) => {
    expect(await judge(withClaims({ aud }))).toBe('unauthenticated')
  })

  it.each([null, 7, [issuerUrl], { url: issuerUrl }, issuerUrl.toUpperCase(), `${issuerUrl}/`, ` ${issuerUrl}`, ''])(
    'of %j are of somebody else',
    async (iss) => {
      expect(await judge(withClaims({ iss }))).toBe('unauthenticated')
    },
  )

  it('that name the object prototype give nothing', async () => {
    const odd = payload.replace(/\}$/, ',"__proto__":{"sub":"mallory","aud":"comfyui"},"constructor":{"sub":"eve"}}')
    expect(await judge(signed(header, odd))).toBe('alice')
    const without = odd.replace('"sub":"alice",', '')
    expect(await judge(signed(header, without))).toBe('unauthenticated')
  })
})

describe('a text', () => {
  it('of many levels is refused, and of a few is not', async () => {
    const lists = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
    const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
    const inClaims = (text: string) => judge(signed(header, payload.replace(/\}$/, `,"deep":${text}}`)))
    const inHeader = (text: string) => judge(signed(header.replace('}', `,"deep":${text}}`), payload))
    for (const text of [lists(20), objects(20)]) {
      expect([await inClaims(text), await inHeader(text)]).toEqual(['alice', 'alice'])
    }
    for (const text of [lists(100), lists(5_500), objects(100), objects(1_500)]) {
      expect([await inClaims(text), await inHeader(text)]).toEqual(['unauthenticated', 'unauthenticated'])
    }
  })

  it('in another serialisation, encrypted, nested or bare is none of ours', async () => {
    const bytes = Buffer.from(payload)
    const flattened = await new FlattenedSign(bytes).setProtectedHeader({ alg: 'RS256' }).sign(rsa.privateKey)
    const general = new GeneralSign(bytes)
    general.addSignature(rsa.privateKey).setProtectedHeader({ alg: 'RS256' })
    const encrypted = await new CompactEncrypt(bytes)
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })
      .encrypt(rsa.publicKey)
    const inner = await issue()
    const texts = [
      ...[JSON.stringify(flattened), JSON.stringify(await general.sign()), encrypted, payload, `Bearer ${inner}`],
      ...[
        `${inner},${inner}`,
        `"${inner}"`,
        encodeURIComponent(`${inner}\n`),
        Buffer.from(inner).toString('base64url'),
      ],
    ]
    for (const text of texts) {
      expect(looksLikeJwt(text), text.slice(0, 40)).toBe(false)
      expect(await judge(text), text.slice(0, 40)).toBe('unauthenticated')
    }
    expect(await judge(signed(header, JSON.stringify(inner)))).toBe('unauthenticated')
    expect(await judge(await issue(goodClaims, { ...goodHeader, cty: 'JWT' }))).toBe('unauthenticated')
  })

  it('in another writing of the same bytes is another text, and refused', async () => {
    const good = await issue()
    const parts = good.split('.')
    const changed = (at: number, change: (part: string) => string): string =>
      parts.map((part, index) => (index === at ? change(part) : part)).join('.')
    for (const at of [0, 1, 2]) {
      const changes: Readonly<Record<string, (part: string) => string>> = {
        padding: (part) => `${part}${'='.repeat((4 - (part.length % 4)) % 4 || 4)}`,
        'a space before': (part) => ` ${part}`,
        'a space inside': (part) => `${part.slice(0, 8)} ${part.slice(8)}`,
        'a line end': (part) => `${part}\r\n`,
        'a letter of the other alphabet': (part) => `${part.slice(0, 8)}+${part.slice(9)}`,
        'percent signs': (part) => `%${(part.codePointAt(0) ?? 0).toString(16)}${part.slice(1)}`,
        'a zero': (part) => `${part}\u0000`,
        'a letter more': (part) => `${part}A`,
        'left-over bits': (part) => (part.length % 4 === 0 ? `${part}B` : withLeftOver(part)),
      }
      for (const [what, change] of Object.entries(changes)) {
        expect(await judge(changed(at, change)), `${what} in part ${at}`).toBe('unauthenticated')
      }
    }
  })

  it('that is no UTF-8, or begins with its mark, is no JSON', async () => {
    const bytes = (text: Buffer): string => {
      const first = `${text.toString('base64url')}.${coded(payload)}`
      return `${first}.${sign('sha256', Buffer.from(first), rsa.privateKey).toString('base64url')}`
    }
    expect(await judge(bytes(Buffer.from(header)))).toBe('alice')
    for (const odd of [
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(header)]),
      Buffer.from(header.replace('RS256', 'RS256\u00e9'), 'latin1'),
      Buffer.from(header.replace('}', ',"note":"\u00e9"}'), 'latin1'),
      Buffer.from(header, 'utf16le'),
      Buffer.from(`${header}\u0000`),
      Buffer.from(` ${header}`),
      Buffer.from(`${header}{}`),
      Buffer.from(header.replaceAll('"', "'")),
      Buffer.from(header.replace('{', '{/* */')),
      Buffer.from(`[${header}]`),
    ]) {
      expect(await judge(bytes(odd)), odd.toString('latin1').slice(0, 20)).toBe('unauthenticated')
    }
  })

  it('longer than any token is refused before a key is looked for', async () => {
    const keys = { isFixed: true, current: () => [], find: () => Promise.reject(new Error('a key was looked for')) }
    for (const token of [
      forge({ ...goodHeader, kid: 'k'.repeat(1_000_000) }, goodClaims, 'x'),
      forge(goodHeader, { ...goodClaims, fill: 'x'.repeat(1_000_000) }, 'x'),
      forge(goodHeader, goodClaims, Buffer.alloc(1_000_000)),
      forgeHmac({ alg: 'HS256' }, { ...goodClaims, aud: Array(100_000).fill('x') }, 'x'),
    ]) {
      expect(await judge(token, { keys })).toBe('unauthenticated')
    }
    expect(encode(goodHeader).length).toBeLessThan(200)
  })
})

/** The last letter has bits that no byte uses: another one of the same bytes. */
function withLeftOver(part: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return `${part.slice(0, -1)}${letters[letters.indexOf(part.at(-1) ?? 'A') ^ 1]}`
}
