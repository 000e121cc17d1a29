import { describe, expect, it } from 'vitest'
import { type CrossSiteInput, refuseCrossSite } from './cross-site.ts'

function judge(overrides: Partial<Omit<CrossSiteInput, 'headers'>> & { headers?: Record<string, string> }): () => void {
  const { headers = {}, ...rest } = overrides
  return () =>
    refuseCrossSite({
      method: 'POST',
      isUpgrade: false,
      hasExplicitKey: false,
      hasCookie: true,
      publicOrigins: new Set(['https://comfy.example.com']),
      ...rest,
      headers: new Map(Object.entries({ host: '10.0.0.5:8288', ...headers })),
    })
}

describe('refuseCrossSite', () => {
  it.each<[string, Parameters<typeof judge>[0]]>([
    ['a POST from our own origin', { headers: { origin: 'http://10.0.0.5:8288' } }],
    [
      'a POST from the public origin behind a proxy',
      { headers: { origin: 'https://comfy.example.com', host: '127.0.0.1:8288' } },
    ],
    ['a POST of a program, which sends no Origin', {}],
    [
      'a GET from anywhere',
      { method: 'GET', headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } },
    ],
    [
      'a foreign origin with an API key of its own',
      { hasExplicitKey: true, headers: { origin: 'https://evil.example' } },
    ],
    ['an upgrade from our own origin', { method: 'GET', isUpgrade: true, headers: { origin: 'http://10.0.0.5:8288' } }],
    ['an upgrade of a program without a cookie', { method: 'GET', isUpgrade: true, hasCookie: false }],
    ['a default port that only one side writes', { headers: { host: 'comfy.lan', origin: 'http://comfy.lan:80' } }],
  ])('lets %s through', (_name, input) => {
    expect(judge(input)).not.toThrow()
  })

  it.each<[string, Parameters<typeof judge>[0]]>([
    ['a POST from another site', { headers: { origin: 'https://evil.example' } }],
    ['a POST from another port of the same host', { headers: { origin: 'http://10.0.0.5:9999' } }],
    ['a POST from an opaque origin', { headers: { origin: 'null' } }],
    ['a POST that the browser calls same-site', { headers: { 'sec-fetch-site': 'same-site' } }],
    [
      'a POST that the browser calls cross-site',
      { headers: { 'sec-fetch-site': 'cross-site', origin: 'http://10.0.0.5:8288' } },
    ],
    ['an anonymous login POST from another site', { hasCookie: false, headers: { origin: 'https://evil.example' } }],
    ['an upgrade from another site', { method: 'GET', isUpgrade: true, headers: { origin: 'https://evil.example' } }],
    ['an upgrade with a cookie and no Origin', { method: 'GET', isUpgrade: true }],
    ['an origin with our host as its user', { headers: { origin: 'http://10.0.0.5:8288@evil.example' } }],
    ['an origin that begins like ours', { headers: { origin: 'http://10.0.0.5:8288.evil.example' } }],
  ])('refuses %s', (_name, input) => {
    expect(judge(input)).toThrowError(expect.objectContaining({ code: 'cross_site' }))
  })
})
