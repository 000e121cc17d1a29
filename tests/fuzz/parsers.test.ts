/**
 * Do two parsers ever read the same bytes differently? What Gatehouse judges and what aiohttp, Python's json and the
 * real folder_paths make of it, on generated input: every disagreement is a refusal, or stands here with its reason.
 */
import { createHmac } from 'node:crypto'
import type { FolderKey } from '@gatehouse/shared/ids'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalTarget } from '../../sidecar/src/http/canonical-path.ts'
import { createSessionCookie, sessionHash } from '../../sidecar/src/identity/session-cookie.ts'
import { outgoing } from '../../sidecar/src/policy/outgoing.ts'
import { reads } from '../../sidecar/src/prompt/catalogue/vocabulary.ts'
import { mapRead } from '../../sidecar/src/prompt/read-fields.ts'
import { mapWrite } from '../../sidecar/src/prompt/write-fields.ts'
import { parseJson, parseUpstreamJson, stringifyJson } from '../../sidecar/src/transform/lossless-json.ts'
import { findRealComfyui, noRealComfyui } from '../support/real-comfyui.ts'
import { base64, type Oracle, startOracle } from './oracle.ts'

const real = findRealComfyui()
if (real === undefined) console.log(noRealComfyui)
const runs = Number(process.env.GATEHOUSE_FUZZ_RUNS ?? 1500)
const timeout = 600_000
const key = 'k'.repeat(20) as FolderKey

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch {
    // A refusal is no disagreement: nothing goes upstream.
    return undefined
  }
}

const piecesOf = (...pieces: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pieces) }, fc.string({ unit: 'binary-ascii', maxLength: 3 })),
      {
        maxLength: 9,
      },
    )
    .map((parts) => parts.join(''))

describe.skipIf(real === undefined)('two parsers', { timeout }, () => {
  let oracle: Oracle
  beforeAll(() => {
    if (real !== undefined) oracle = startOracle(real)
  })
  afterAll(() => oracle?.[Symbol.asyncDispose]())

  const targets = piecesOf(
    ...['/', '/', 'queue', 'api', 'userdata', 'view', '?', '&', '=', ';', '#', '+', '%2B', '.', '..', '%2e%2e', '//'],
    ...[
      '%2F',
      '%2f',
      '%5C',
      '\\',
      '%25',
      '%2525',
      '%00',
      '%0a',
      '%20',
      '%C3%BC',
      '%FF',
      '%',
      '%zz',
      '%u0041',
      '@',
      ':',
    ],
    ...[
      'filename',
      'type=output',
      '%74ype',
      '[',
      ']',
      '%5Boutput%5D',
      '{',
      '}',
      '|',
      '^',
      '`',
      '~',
      "'",
      '!',
      '*',
      '(',
      ',',
    ],
    ...[
      '\u00e9',
      '\t',
      ' ',
      '"',
      '<',
      '%3F',
      '%23',
      '%26',
      '%3D',
      '%3B',
      'http://x/',
      '%EF%BC%8F',
      '%E2%80%A8',
      '%7F',
      '%C2%85',
    ],
  ).map((text) => `/${text}`)

  it('read a request target alike, as it came and as it is rebuilt', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(targets, async (written) => {
        const ours = attempt(() => canonicalTarget(written))
        if (ours === undefined) return
        accepted += 1
        // `/api/api/jobs` is the twin of `/api/jobs` (server.py add_routes): folded on purpose. `/api` is the page, which is
        // answered from the cache and never sent on.
        if (written.startsWith('/api/api') || (ours.underApi && ours.segments.length === 0)) return
        const segments = [...(ours.underApi ? ['api'] : []), ...ours.segments]
        const model = { segments: segments.length === 0 ? [] : segments, query: [...ours.query] }
        expect(await oracle.ask({ kind: 'target', target: base64(written) })).toEqual(model)
        const rebuilt = outgoing({ method: 'GET', ...ours }).target
        expect(await oracle.ask({ kind: 'target', target: base64(rebuilt) })).toEqual(model)
      }),
      { numRuns: runs * 2 },
    )
    expect(accepted).toBeGreaterThan(runs / 20)
  })

  const tokens = piecesOf(
    ...[
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"a"',
      '"a":',
      '"b":1',
      '"__proto__":',
      'null',
      'true',
      'false',
      'NaN',
      '-Infinity',
    ],
    ...[
      '0',
      '-0',
      '01',
      '1.0',
      '1e5',
      '1E+400',
      '1e-400',
      '.5',
      '5.',
      '18446744073709551615',
      '123456789012345678901234567890',
    ],
    ...[
      '0.1000000000000000055',
      '"\\ud800"',
      '"\\u0000"',
      '"\u2028"',
      '"\\/"',
      '"\\x"',
      "'a'",
      '\ufeff',
      ' ',
      '\n',
      '\u00a0',
    ],
    ...[
      '/**/',
      '"',
      '\\',
      '""',
      '{"a":1,"a":2}',
      '[[[[',
      ']]]]',
      '"constructor"',
      '1_000',
      '0x10',
      '+1',
      'Infinity',
      '"\t"',
    ],
  )
  const documents = fc.oneof(
    tokens,
    fc.json(),
    fc.tuple(fc.json(), fc.nat(), tokens).map(([text, at, more]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + more + text.slice(place)
    }),
    fc
      .array(fc.constantFrom('0', '-0', '18446744073709551615', '1e22', '0.1', '9007199254740993', '-1.5e-7', '1e400'))
      .map((numbers) => `{"n":[${numbers.join(',')}]}`),
  )

  it('read JSON alike, as it came and as it is printed again', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(documents, async (text) => {
        const ours = attempt(() => parseJson(text))
        if (ours === undefined) return
        accepted += 1
        const asItCame = await oracle.ask({ kind: 'json', text })
        expect(asItCame).toHaveProperty('value')
        expect(await oracle.ask({ kind: 'json', text: stringifyJson(ours) })).toEqual(asItCame)
      }),
      { numRuns: runs * 2 },
    )
    expect(accepted).toBeGreaterThan(runs / 4)
  })

  it('agree on everything that Python prints, where NaN and Infinity become null', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const { value: printed } = await oracle.ask({ kind: 'json', text: JSON.stringify([value, 'NaN']) })
        const spoiled = String(printed).replace(/"NaN"\]$/, 'NaN, -Infinity]')
        const ours = stringifyJson(parseUpstreamJson(spoiled))
        expect(JSON.parse(ours)).toEqual([JSON.parse(JSON.stringify(value)), null, null])
      }),
      { numRuns: runs },
    )
  })

  const names = piecesOf(
    ...[
      'a.png',
      'x',
      '/',
      '/',
      '.',
      '..',
      '../',
      './',
      ' ',
      '[output]',
      ' [output]',
      '[input]',
      ' [temp]',
      ' [TEMP]',
      '\\',
    ],
    ...[
      '..\\',
      '\u0000',
      '\n',
      '\u2028',
      '\u00e9',
      'e\u0301',
      '\uff0f',
      '\uff0e\uff0e',
      '\u2024',
      '~',
      '~root',
      'C:',
      'con',
      'nul.png',
    ],
    ...[
      '%2e%2e',
      '%00',
      '%year%',
      '%width%',
      '%date:yyyy%',
      '%batch_num%',
      '.png.',
      'a'.repeat(300),
      key,
      `${key}/`,
      `../${key}/`,
      '\ud83d\ude00',
    ],
  )

  it('open an accepted name below the own folder, and nowhere else', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        const verdict = mapRead(name, reads(), { folderKey: key, tempNames: new Map() })
        if (!verdict.ok || verdict.value === '') return
        accepted += 1
        const opened = await oracle.ask({ kind: 'read', name: verdict.value })
        expect(opened).toMatchObject({ root: expect.stringMatching(/^(?:input|output)$/) })
        expect(String(opened.path).startsWith(`${key}/`)).toBe(true)
        expect(String(verdict.value)).toContain(String(opened.path))
      }),
      { numRuns: runs * 2 },
    )
    expect(accepted).toBeGreaterThan(runs / 20)
  })

  it('write for an accepted prefix below the own folder, and nowhere else', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        const verdict = mapWrite(name, 'ComfyUI', key)
        if (!verdict.ok) return
        accepted += 1
        const written = await oracle.ask({ kind: 'write', prefix: verdict.value })
        expect(String(written.path).startsWith(`${key}/`)).toBe(true)
      }),
      { numRuns: runs * 2 },
    )
    expect(accepted).toBeGreaterThan(runs / 20)
  })

  const secret = { id: 'one', value: 'a secret of the test', createdAtMs: 0, expiresAtMs: null }
  const sessions = createSessionCookie({ publicScheme: 'http', instanceId: 'fuzz', secrets: () => [secret] })
  const id = 'i'.repeat(43)
  const signed = `s:${id}.${createHmac('sha256', secret.value).update(id).digest('base64').replace(/=+$/, '')}`
  // Node's HTTP parser answers 400 to a control character in a header.
  const headers = piecesOf(
    ...[
      `${sessions.name}=${encodeURIComponent(signed)}`,
      `${sessions.name}=${signed}`,
      sessions.name,
      signed,
      '=',
      ';',
      '; ',
    ],
    ...[
      'a=b',
      '"',
      ',',
      ' ',
      '\\073',
      '$Version=1',
      `${sessions.name}="${signed}"`,
      `x${sessions.name}=`,
      'Path=/',
      '\t',
    ],
  ).map((header) => header.replace(/\p{Cc}/gu, ''))

  it('take a session from a Cookie header only where Python sees that cookie, too', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(headers, async (header) => {
        const ours = attempt(() => sessions.read([header]))
        if (ours === undefined) return
        accepted += 1
        expect(ours).toBe(sessionHash(id))
        const { cookies } = await oracle.ask({ kind: 'cookie', header })
        // http.cookies gives up at the first pair it cannot read; ComfyUI gets no cookie at all, so nothing hangs on it.
        const seen = (cookies as Record<string, string> | undefined)?.[sessions.name]
        if (seen !== undefined) expect(decodeURIComponent(seen.replace(/^"|"$/g, ''))).toBe(signed)
      }),
      { numRuns: runs },
    )
    expect(accepted).toBeGreaterThan(runs / 50)
  })
})
