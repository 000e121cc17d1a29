import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Layer, layers, reserved } from './layers.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const sidecar = join(root, 'sidecar', 'src')

interface Import {
  readonly file: string
  readonly module: string
  /** Path below `sidecar/src`, or undefined for a package. */
  readonly target: string | undefined
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('node_modules'))
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts')
}

function sources(folder: string): string[] {
  return filesBelow(folder).filter((file) => !isTest(file))
}

function importsOf(file: string, base: string): Import[] {
  const text = readFileSync(file, 'utf8')
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g,
  )
  return [...found].map((match) => {
    const module = match[1] ?? match[2] ?? match[3] ?? ''
    const target = module.startsWith('.')
      ? relative(base, join(dirname(file), module))
          .split(sep)
          .join('/')
      : undefined
    return { file: relative(base, file).split(sep).join('/'), module, target }
  })
}

function layerOf(file: string): [string, Layer] | undefined {
  return Object.entries(layers).find(([name]) => file === name || file.startsWith(`${name}/`))
}

function isUnder(path: string, allowed: string): boolean {
  return path === allowed || path.startsWith(`${allowed}/`)
}

const all = sources(sidecar).flatMap((file) => importsOf(file, sidecar))

describe('imports of the sidecar', () => {
  it('are found at all', () => {
    expect(all.length).toBeGreaterThan(100)
  })

  it('point only where the table of layers lets them', () => {
    const wrong = all.flatMap(({ file, module, target }) => {
      const found = layerOf(file)
      if (found === undefined) return []
      const [name, layer] = found
      if (target === undefined) {
        const allowed = layer.external === undefined || layer.external.some((pattern) => pattern.test(module))
        return allowed ? [] : [`${file} imports ${module}`]
      }
      return isUnder(target, name) || layer.sidecar.some((allowed) => isUnder(target, allowed))
        ? []
        : [`${file} imports ${target}`]
    })
    expect(wrong).toEqual([])
  })

  it('are judged in every folder but those that join the others', () => {
    const folders = readdirSync(sidecar, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const free = folders.map(({ name }) => name).filter((name) => layerOf(`${name}/`) === undefined)
    expect(free.toSorted()).toEqual(['cli', 'context'])
  })

  it('keep reserved modules in their folder', () => {
    const wrong = all.flatMap(({ file, module }) =>
      reserved.flatMap((rule) =>
        rule.module.test(module) && !rule.only.some((folder) => isUnder(file, folder))
          ? [`${file} imports ${module}: ${rule.why}`]
          : [],
      ),
    )
    expect(wrong).toEqual([])
  })

  it('form no cycle', () => {
    const graph = Map.groupBy(
      all.filter((found) => found.target !== undefined),
      (found) => found.file,
    )
    const done = new Set<string>()
    const cycles: string[] = []
    const visit = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) {
        cycles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '))
        return
      }
      if (done.has(file)) return
      for (const next of graph.get(file) ?? []) visit(next.target ?? '', [...trail, file])
      done.add(file)
    }
    for (const file of graph.keys()) visit(file, [])
    expect(cycles).toEqual([])
  })
})

/** Written by `pnpm generate`, or a table of which every line is one case, class or shape. */
const tables = /\.generated\.ts$|[\\/]catalogue[\\/]|\.cases\.ts$/

describe('the tree', () => {
  const browser = ['shared', 'web', 'extension'].flatMap((name) =>
    sources(join(root, name, 'src')).flatMap((file) => importsOf(file, root)),
  )

  it('lets nothing that runs in a browser reach the sidecar, and neither of its two parts the other', () => {
    expect(browser.filter(({ file }) => file.endsWith('.tsx')).length).toBeGreaterThan(10)
    const wrong = browser.filter(({ file, module, target }) => {
      const reached = target ?? module.replace('@gatehouse/', '')
      return ['sidecar', 'web', 'extension'].some((name) => isUnder(reached, name) && !isUnder(file, name))
    })
    expect(wrong).toEqual([])
  })

  it('lets shared import nothing but itself', () => {
    const foreign = browser.filter(({ file, module }) => file.startsWith('shared/') && !module.startsWith('./'))
    expect(foreign).toEqual([])
  })

  it('reads the process environment in one file', () => {
    const readers = sources(sidecar).filter((file) => /\bprocess\.env\b/.test(readFileSync(file, 'utf8')))
    expect(readers.map((file) => relative(sidecar, file).split(sep).join('/'))).toEqual(['config/env.ts'])
  })

  it('is ASCII', () => {
    const folders = [sidecar, ...['shared', 'web', 'extension'].map((name) => join(root, name, 'src'))]
    const other = folders.flatMap(sources).filter((file) => /\P{ASCII}/u.test(readFileSync(file, 'utf8')))
    expect(other.map((file) => relative(root, file))).toEqual([])
  })

  it('opens every source file with the question it answers', () => {
    const silent = [sidecar, join(root, 'shared', 'src')]
      .flatMap(sources)
      .filter((file) => !/^(?:#![^\n]*\n)?\/\*\*/.test(readFileSync(file, 'utf8')))
    expect(silent.map((file) => relative(root, file))).toEqual([])
  })

  it('keeps source files at 250 lines at most, and those of tests at 400', () => {
    const below = (folder: string) => filesBelow(join(root, folder))
    const all = ['sidecar/src', 'shared/src', 'web/src', 'extension/src', 'scripts', 'tests'].flatMap(below)
    const lengths = all.map(
      (file) => [relative(root, file), readFileSync(file, 'utf8').split('\n').length - 1] as const,
    )
    const long = lengths.filter(
      ([file, lines]) => lines > (isTest(file) || file.startsWith('tests') ? 400 : 250) && !tables.test(file),
    )
    expect(long).toEqual([])
  })
})
