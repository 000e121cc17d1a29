import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { coreClasses, isCoreModule } from './core-classes.ts'

interface Fixture {
  readonly classes: Readonly<
    Record<
      string,
      {
        readonly module: string
        readonly output?: boolean
        readonly files?: Readonly<Record<string, readonly string[]>>
      }
    >
  >
}

function readFixture(version: string): Fixture {
  const file = new URL(`../../../../tests/fixtures/node-classes.${version}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8'))
}

// What the evidence in the fixture asks of the catalogue.
const wanted: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(image|audio|video|file)_upload$|^remote$|^lists input|^widget /, ['read']],
  [/^lists models$/, ['model']],
  [/^names a path$/, ['write', 'read']],
]

describe.each([['0.33.0'], ['0.3.64']])('the catalogue of core classes and ComfyUI %s', (version) => {
  const { classes } = readFixture(version)

  it('classifies every class', () => {
    expect(Object.keys(classes).length).toBeGreaterThan(400)
    expect(Object.keys(classes).filter((name) => !coreClasses.has(name))).toEqual([])
  })

  it('takes every class for one of the core', () => {
    expect(Object.entries(classes).filter(([, known]) => !isCoreModule(known.module))).toEqual([])
  })

  it('maps every input that names a file', () => {
    const missing = Object.entries(classes).flatMap(([name, { files = {} }]) => {
      const rule = coreClasses.get(name)
      if (rule === undefined || rule.policy === 'denied') return []
      return Object.entries(files).flatMap(([input, [, ...evidence]]) =>
        evidence.flatMap((fact) => {
          const kinds = wanted.find(([pattern]) => pattern.test(fact))?.[1]
          const kind = rule.fields[input]?.kind
          return kinds !== undefined && kind !== undefined && kinds.includes(kind) ? [] : [`${name}.${input}: ${fact}`]
        }),
      )
    })
    expect(missing).toEqual([])
  })

  it('lets every partner node need a permission of its own', () => {
    const open = Object.entries(classes).filter(
      ([name, known]) => known.module.startsWith('comfy_api_nodes.') && coreClasses.get(name)?.policy === 'open',
    )
    expect(open).toEqual([])
  })

  it('names no input that a class does not have', () => {
    const unknown = Object.entries(classes).flatMap(([name, { files = {} }]) =>
      Object.entries(coreClasses.get(name)?.fields ?? {})
        .filter(([, field]) => field.kind === 'write' || field.kind === 'model')
        .flatMap(([input]) => (input in files ? [] : [`${name}.${input}`])),
    )
    expect(unknown).toEqual([])
  })
})

it('a pack that takes over the name of a core class is not core', () => {
  expect(isCoreModule('custom_nodes.evil')).toBe(false)
  expect(isCoreModule('custom_nodes.comfy_extras.x')).toBe(false)
  expect(isCoreModule('nodes2')).toBe(false)
  expect(isCoreModule(undefined)).toBe(false)
})

it('every class that is not open says why', () => {
  for (const [name, rule] of coreClasses) {
    if (rule.policy === 'denied' || rule.policy === 'unbounded') expect(rule.because, name).toMatch(/\.$/)
  }
})
