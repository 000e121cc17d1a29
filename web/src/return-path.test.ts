import { describe, expect, it } from 'vitest'
import { safeReturnPath } from './return-path.ts'

const origin = 'https://comfy.example.com'

describe('safeReturnPath', () => {
  it.each([
    ['/', '/'],
    ['/graph', '/graph'],
    ['/account?tab=keys#new', '/account?tab=keys#new'],
    ['/?next=https://evil.example', '/?next=https://evil.example'],
    ['/a/../b', '/b'],
    ['/%2e%2e//evil.example', '/'],
    ['/view?filename=a%20b.png', '/view?filename=a%20b.png'],
  ])('leads %s to %s', (wanted, path) => {
    expect(safeReturnPath(wanted, origin)).toBe(path)
  })

  it.each([
    null,
    '',
    'graph',
    'https://evil.example/',
    'https:evil.example',
    'http://comfy.example.com/',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/\\/evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    ' //evil.example',
    '/ /evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/a/..//evil.example',
    '/%2f/..//evil.example',
    '/a\\..\\..\\evil.example',
    '/\u2028/evil.example',
    '/\uff0fevil.example',
    '//evil.example@comfy.example.com',
    '//comfy.example.com@evil.example',
    '/\u0000//evil.example',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    '@evil.example',
    '.evil.example',
    ':443@evil.example',
    '?next=//evil.example',
    '/login',
    '/login?next=/login',
    '/auth_login.html?logout=true',
    '/gatehouse/api/v1/me',
    '/api/view?filename=a.png',
    '/setup',
  ])('leads %j to the start page', (wanted) => {
    expect(safeReturnPath(wanted, origin)).toBe('/')
  })
})
