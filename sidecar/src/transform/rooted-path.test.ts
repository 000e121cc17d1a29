import { posix, win32 } from 'node:path'
import type { FolderKey } from '@gatehouse/shared/ids'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isInside,
  joinPath,
  parseOwnFolder,
  parseOwnPath,
  plainFolder,
  rootUnder,
  splitAnnotation,
  unroot,
} from './rooted-path.ts'

const key = 'k3f9a0b1c2d3e4f5g6h7' as FolderKey

describe('parseOwnPath', () => {
  it.each([
    ['x.png', { subfolder: '', filename: 'x.png' }],
    ['pasted/image 1.png', { subfolder: 'pasted', filename: 'image 1.png' }],
    ['a/b/c.d.e', { subfolder: 'a/b', filename: 'c.d.e' }],
    ['.hidden', { subfolder: '', filename: '.hidden' }],
    ['..x', { subfolder: '', filename: '..x' }],
    ['Gr\u00fc\u00dfe \ud83d\ude00.png', { subfolder: '', filename: 'Gr\u00fc\u00dfe \ud83d\ude00.png' }],
    ['x~1.png', { subfolder: '', filename: 'x~1.png' }],
    ['console.png', { subfolder: '', filename: 'console.png' }],
    ['x [input].png', { subfolder: '', filename: 'x [input].png' }],
    ['100% {a} *.png', { subfolder: '', filename: '100% {a} *.png' }],
    ['%date%/x%20y.png', { subfolder: '%date%', filename: 'x%20y.png' }],
  ])('reads %s', (text, expected) => {
    expect(parseOwnPath(text)).toEqual(expected)
  })

  it.each([
    ['empty', ''],
    ['absolute', '/etc/passwd'],
    ['a parent', '../x.png'],
    ['a parent inside', 'a/../../x.png'],
    ['a parent at the end', 'a/..'],
    ['only a parent', '..'],
    ['a dot', './x.png'],
    ['a dot inside', 'a/./x.png'],
    ['an empty segment', 'a//x.png'],
    ['a trailing slash', 'a/'],
    ['a backslash', 'a\\x.png'],
    ['a backslash parent', '..\\x.png'],
    ['NUL', 'x\0.png'],
    ['a newline', 'x\n.png'],
    ['DEL', 'x\u007f.png'],
    ['a C1 control', 'x\u0085.png'],
    ['a line separator', 'x\u2028.png'],
    ['a lone surrogate', 'x\ud800.png'],
    ['a drive', 'C:/x.png'],
    ['a drive without slash', 'C:x.png'],
    ['a drive inside', 'a/C:x.png'],
    ['home', '~/x.png'],
    ['the home of another', '~root/x.png'],
    ['a trailing dot', 'x.png.'],
    ['a folder with a trailing dot', 'a./x.png'],
    ['a trailing space', 'x.png '],
    ['dots and spaces', '.. /x.png'],
    ['a wildcard of FFmpeg', '%*.png'],
    ['a way up in a wildcard of FFmpeg', '%{..,x%}/victim/secret.png'],
    ['a folder that is a wildcard of FFmpeg', 'a/b%[a-z%]/x.png'],
    ['one letter of FFmpeg', 'x%?.png'],
    ['a Windows device', 'CON'],
    ['a Windows device with extension', 'nul.png'],
    ['a Windows device as folder', 'com1/x.png'],
    ['a Windows device with superscript', 'COM\u00b9'],
    ['a full-width slash', 'a\uff0fx.png'],
    ['a full-width backslash', 'a\uff3cx.png'],
    ['full-width dots', '\uff0e\uff0e/x.png'],
    ['a two dot leader', '\u2025/x.png'],
    ['a one dot leader', '\u2024\u2024'],
    ['a small full stop', '\ufe52\ufe52/x'],
    ['a segment of 256 bytes', 'a'.repeat(256)],
    ['a segment of 256 bytes in fewer characters', '\u00e9'.repeat(128)],
    ['a path of 1025 bytes', `${'a/'.repeat(512)}b`],
  ])('refuses %s', (_name, text) => {
    expect(parseOwnPath(text)).toBeUndefined()
  })

  it('accepts nothing that leaves the folder it is put under, by POSIX or Windows rules', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '',
        'a',
        'C:',
        '~',
        ' ',
        '\\',
        '..\\',
        '%2e%2e',
        '\uff0e\uff0e',
        '\u2025',
        'x.png',
        'nul',
        '\0',
        '...',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const own = parseOwnPath(pieces.join('/'))
        fc.pre(own !== undefined)
        const path = rootUnder(key, joinPath(own?.subfolder ?? '', own?.filename ?? ''))
        expect(posix.normalize(path)).toBe(path)
        expect(posix.normalize(path.normalize('NFKC')).startsWith(`${key}/`)).toBe(true)
        expect(win32.normalize(win32.join('D:\\out', path)).startsWith(`D:\\out\\${key}\\`)).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })
})

describe('parseOwnFolder', () => {
  it.each([
    ['', ''],
    ['.', ''],
    ['set', 'set'],
    ['set/one/', 'set/one'],
    ['..', undefined],
    ['a/../b', undefined],
    ['/', undefined],
    ['./a', undefined],
  ])('reads %j as %j', (text, expected) => {
    expect(parseOwnFolder(text)).toBe(expected)
  })
})

describe('plainFolder', () => {
  it.each([
    ['', ''],
    ['.', ''],
    ['./', ''],
    ['pasted', 'pasted'],
    ['pasted/', 'pasted'],
    ['./pasted//one/./', 'pasted/one'],
    ['/', undefined],
    ['/pasted', undefined],
    ['//pasted', undefined],
    ['..', undefined],
    ['a/..', undefined],
    ['a/../b', undefined],
    ['a\\b', undefined],
    ['a /b', undefined],
    ['C:/a', undefined],
    ['\uff0e/a', undefined],
    ['a\0', undefined],
  ])('reads %j as %j', (text, expected) => {
    expect(plainFolder(text)).toBe(expected)
  })
})

describe('isInside', () => {
  it.each([
    ['acme', 'acme/x', true],
    ['acme', 'acme-2/x', false],
    ['acme', 'acme', false],
    ['acme', 'acme/', false],
    ['acme', 'ACME/x', false],
    ['', '/x', false],
  ])('of %s and %s is %s', (root, path, expected) => {
    expect(isInside(root, path)).toBe(expected)
  })
})

describe('unroot', () => {
  it('undoes rootUnder', () => {
    for (const path of ['', 'x.png', 'a/b.png']) expect(unroot(key, rootUnder(key, path))).toBe(path)
  })

  it('does not know the folders of others', () => {
    expect(unroot(key, 'other/x.png')).toBeUndefined()
    expect(unroot(key, `${key}2/x.png`)).toBeUndefined()
    expect(unroot(key, 'x.png')).toBeUndefined()
  })
})

describe('splitAnnotation', () => {
  it.each([
    ['x.png', 'x.png', undefined],
    ['x.png [output]', 'x.png', 'output'],
    ['x.png [input]', 'x.png', 'input'],
    ['a/x.png [temp]', 'a/x.png', 'temp'],
    ['x.png[output]', 'x.pn', 'output'],
    ['x.png [Output]', 'x.png [Output]', undefined],
    ['x.png [output] ', 'x.png [output] ', undefined],
    ['x.png [input] [output]', 'x.png [input]', 'output'],
    ['[output]', '', 'output'],
    ['x\ud83d\ude00[temp]', 'x', 'temp'],
    ['\ud83d\ude00[temp]', '', 'temp'],
  ])('reads %j as ComfyUI does', (text, name, root) => {
    expect(splitAnnotation(text)).toEqual({ name, root })
  })
})
