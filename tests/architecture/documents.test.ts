/** Do the documents speak of what is there? Paths, links, commands, settings, sentences and cited tests are looked up. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { auditKinds, parseAuditKind } from '../../sidecar/src/audit/audit.ts'
import { ConfigError, loadConfig } from '../../sidecar/src/config/config.ts'
import { readEnvironment } from '../../sidecar/src/config/env.ts'
import { configSchema } from '../../sidecar/src/config/schema.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

interface Document {
  readonly path: string
  readonly text: string
  /** Inline code and the lines of fenced blocks: where names stand. */
  readonly code: readonly string[]
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

function markdownIn(folder: string): string[] {
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.md'))
  return names.map((name) => join(folder, name))
}

const fence = /^```.*?\n([\s\S]*?)^```/gm

function toDocument(path: string): Document {
  const text = read(path)
  const blocks = [...text.matchAll(fence)].flatMap(([, body = '']) => body.split('\n'))
  const spans = [...text.replaceAll(fence, '').matchAll(/`([^`]+)`/g)].map(([, span = '']) =>
    span.replaceAll('\n', ' '),
  )
  return { path, text, code: [...blocks, ...spans] }
}

const documents = [
  ...markdownIn('.'),
  ...markdownIn('docs'),
  ...markdownIn('docs/adr'),
  ...markdownIn('docs/identity'),
  'extension/pack/README.md',
].map(toDocument)
const threatModel = read('docs/threat-model.md')
const operating = read('docs/operating.md')

/** One line per thing that is wrong, so that a failure names all of them with their document. */
function wrongIn(look: (document: Document) => readonly string[]): string[] {
  return documents.flatMap((document) => look(document).map((wrong) => `${document.path}: ${wrong}`))
}

function matches(document: Document, pattern: RegExp): string[] {
  return document.code.flatMap((line) => [...line.matchAll(pattern)].map(([, found = '']) => found))
}

function filesBelow(folder: string, endings: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
}

const runCommand = read('sidecar/src/cli/run-command.ts')
const usage = /const usage = `([\s\S]*?)`/.exec(runCommand)?.[1] ?? ''

describe('the documents', () => {
  it('are found, with the code in them', () => {
    expect(documents.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['README.md', 'AGENTS.md', 'docs/install.md']),
    )
    expect(documents.flatMap(({ code }) => code).length).toBeGreaterThan(500)
  })

  it('name only paths that exist', () => {
    const ownPath =
      /(?<![\w./~-])((?:sidecar|shared|extension|web|tests|scripts|docs|\.ci)\/[\w./-]*)(?![\w*<]|\.\.\.)/g
    const wrong = wrongIn((document) =>
      matches(document, ownPath).filter((path) => !existsSync(join(root, path.replace(/\.$/, '')))),
    )
    expect(wrong).toEqual([])
  })

  it('name only files of the sidecar and the pack that exist, where they leave the folder out', () => {
    const text = read('docs/architecture.md')
    const spans = [...text.matchAll(/`([a-z-]+(?:\/[a-z_-]+)*\/[\w.-]+\.(?:ts|py)|[a-z-]+\.ts)`/g)].map(
      ([, span = '']) => span,
    )
    expect(spans.length).toBeGreaterThan(40)
    const places = ['', 'sidecar/src', 'extension/pack', 'sidecar/src/comfyui', 'sidecar/src/store/sql/migrations']
    expect(spans.filter((span) => !places.some((place) => existsSync(join(root, place, span))))).toEqual([])
  })

  it('link only to what exists, down to the heading', () => {
    const wrong = wrongIn(({ path, text }) => {
      const links = [...text.replaceAll(fence, '').matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link)
      return links.filter((link) => !leadsSomewhere(path, link))
    })
    expect(wrong).toEqual([])
  })

  it('name only scripts of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const known = new Set([...Object.keys(scripts), 'exec', 'install'])
    const wrong = wrongIn((document) =>
      matches(document, /\bpnpm(?:@[\d.]+)?(?: -s)? ([a-z][\w:-]*)/g).filter((name) => !known.has(name)),
    )
    expect(wrong).toEqual([])
  })

  it('name only commands, actions and flags of the command line', () => {
    const commands = new Set([...runCommand.matchAll(/^ {2}(\w+): async \(\)/gm)].map(([, name = '']) => name))
    expect(commands).toContain('install')
    const wrong = wrongIn(({ code }) =>
      code
        .flatMap((line) => gatehouseCalls(line).filter((call) => !isCall(call, commands)))
        .map((call) => call.join(' ')),
    )
    expect(wrong).toEqual([])
  })

  it('name only settings of the schema', () => {
    const schema = z.toJSONSchema(configSchema, { io: 'input' }) as Node
    const sections = Object.keys(schema.properties ?? {})
    const setting = new RegExp(`^((?:${sections.join('|')})(?:\\[\\])?(?:\\.[a-z_]+(?:\\[\\])?)+)(?=$|:| )`, 'g')
    const wrong = wrongIn((document) =>
      matches(document, setting).filter(
        (name) =>
          !/\.(?:ts|md|json|mjs)$/.test(name) && parseAuditKind(name) === undefined && !hasSetting(schema, name),
      ),
    )
    expect(wrong).toEqual([])
  })

  it('show only configuration that is sound', () => {
    const blocks = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, body = '']) => ({ path, body })),
    )
    expect(blocks.length).toBeGreaterThan(2)
    expect(blocks.flatMap(({ path, body }) => problemsOf(body).map((problem) => `${path}: ${problem}`))).toEqual([])
  })

  it('name only environment variables that something reads', () => {
    const readers = [
      ...filesBelow('extension/pack', /\.py$/),
      ...filesBelow('tests/support', /\.ts$/),
      join(root, 'sidecar/src/config/env.ts'),
      join(root, 'sidecar/src/cli/install/interpreter.ts'),
      join(root, 'sidecar/src/supervisor/child-command.ts'),
    ]
    const source = readers.map((file) => readFileSync(file, 'utf8')).join('\n')
    // An example's own variables are set in the example itself.
    const isSet = ({ text }: Document, name: string) => new RegExp(`export .*\\b${name}=`).test(text)
    const wrong = wrongIn((document) =>
      matches(document, /\b((?:GATEHOUSE|COMFYUI)_[A-Z_]+[A-Z])\b(?!\/)/g).filter(
        (name) => !source.includes(name) && !isSet(document, name),
      ),
    )
    expect(wrong).toEqual([])
  })

  it('name no path of the machine they were written on', () => {
    expect(wrongIn(({ text }) => text.match(/(?<![\w.])\/(?:work|root|tmp|home|Users)\/\S*/g) ?? [])).toEqual([])
  })

  it('keep AGENTS.md short enough to be read', () => {
    expect(read('AGENTS.md').split('\n').length).toBeLessThanOrEqual(120)
  })
})

describe('docs/architecture.md', () => {
  it('has every folder of the sidecar on its map, and no other', () => {
    const map = /## Folders([\s\S]*?)\n## /.exec(read('docs/architecture.md'))?.[1] ?? ''
    const named = [...map.matchAll(/^\| `([\w-]+)\/`/gm)].map(([, name = '']) => name)
    const there = readdirSync(join(root, 'sidecar/src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(named.toSorted()).toEqual(there.map(({ name }) => name).toSorted())
  })
})

describe('docs/adr', () => {
  it('says of every dependency why it is there', () => {
    const decisions = documents.filter(({ path }) => path.startsWith(join('docs', 'adr'))).map(({ text }) => text)
    const packages = ['', 'extension', 'shared', 'sidecar', 'tests', 'web'].flatMap((folder) => {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(read(join(folder, 'package.json')))
      return [...Object.keys(dependencies), ...Object.keys(devDependencies)]
    })
    // Types come with what they describe.
    const chosen = packages.filter((name) => !/^@(?:types|gatehouse)\//.test(name))
    expect(chosen).toContain('express')
    // Biome and TypeScript are called by what they are.
    const names = chosen.map((name) => name.replace('@biomejs/', ''))
    expect(names.filter((name) => !decisions.some((text) => wholeName(name).test(text)))).toEqual([])
  })
})

describe('docs/permissions.md', () => {
  it('names every setting of a role', () => {
    const { properties } = z.toJSONSchema(configSchema.shape.roles, { io: 'input' }).additionalProperties as Node
    const named = [...read('docs/permissions.md').matchAll(/^\| `(\w+)(?:: [^`]*)?` \|/gm)].map(([, name]) => name)
    expect(Object.keys(properties ?? {})).toContain('may_not')
    expect(Object.keys(properties ?? {}).filter((name) => !named.includes(name))).toEqual([])
  })
})

describe('docs/audit-events.md', () => {
  it('lists only events that something records', () => {
    const files = filesBelow('sidecar/src', /(?<!\.test)\.ts$/).filter(
      (file) => !file.endsWith(join('audit', 'audit.ts')),
    )
    const source = files.map((file) => readFileSync(file, 'utf8')).join('\n')
    expect(Object.keys(auditKinds).filter((kind) => !source.includes(`'${kind}'`))).toEqual([])
  })
})

describe('docs/identity/README.md', () => {
  it('leads to every page beside it', () => {
    const index = read('docs/identity/README.md')
    const pages = readdirSync(join(root, 'docs/identity')).filter((name) => name !== 'README.md')
    expect(pages.length).toBeGreaterThan(15)
    expect(pages.filter((name) => !index.includes(`\n- [${name}](${name}): `))).toEqual([])
  })
})

describe('docs/threat-model.md', () => {
  it('cites for each promise a test that exists under that title', () => {
    const rows = [...threatModel.matchAll(/^\| (.+) \| (.+) \| (`.+) \|$/gm)]
    expect(rows.length).toBeGreaterThan(40)
    const wrong = rows.flatMap(([, promise = '', , proof = '']) => {
      const cited = [...proof.matchAll(/`([\w./-]+)`: "([^"]+)"/g)]
      if (cited.length === 0) return [`${promise}: no test`]
      return cited
        .filter(([, file = '', title = '']) => !hasTitle(file, title))
        .map(([whole]) => `${promise}: ${whole}`)
    })
    expect(wrong).toEqual([])
  })
})

describe('docs/operating.md', () => {
  it('explains only sentences that the product prints', () => {
    const source = [
      ...filesBelow('sidecar/src', /(?<!\.test)\.ts$/),
      ...filesBelow('shared/src', /(?<!\.test)\.ts$/),
      ...filesBelow('extension/pack', /\.py$/),
    ]
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n')
    const [, table = ''] = operating.split('## When it says')
    const sentences = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, sentence = '']) => sentence)
    expect(sentences.length).toBeGreaterThan(30)
    const isPrinted = (sentence: string) => sentence.split('...').every((part) => source.includes(part.trim()))
    expect(sentences.filter((sentence) => !isPrinted(sentence))).toEqual([])
  })
})

function wholeName(name: string): RegExp {
  return new RegExp(`(?<![\\w@/.-])${name.replace(/[.]/g, '\\.')}(?![\\w/-])`, 'i')
}

interface Node {
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
}

/** What the product itself says of a configuration file. */
function problemsOf(yaml: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-documents-'))
  try {
    const config = join(folder, 'gatehouse.yaml')
    writeFileSync(config, yaml)
    loadConfig(readEnvironment({}), { config })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function hasSetting(schema: Node, name: string): boolean {
  let node: Node | undefined = schema
  for (const part of name.replaceAll('[]', '').split('.')) node = (node?.items ?? node)?.properties?.[part]
  return node !== undefined
}

/** The words after each `gatehouse` that is called, without what only stands in for it. */
function gatehouseCalls(line: string): string[][] {
  const calls = line.matchAll(/(?:^|[\s(|`])(?:gatehouse|gatehouse\.mjs) (?=[a-z])([^`|&)]*)/g)
  return [...calls].map(([, rest = '']) => (rest.split(' -- ')[0] ?? '').trim().split(/\s+/))
}

function isCall([command = '', ...rest]: readonly string[], commands: ReadonlySet<string>): boolean {
  if (!commands.has(command)) return false
  const lines = usage.split('\n').filter((line) => line.trimStart().startsWith(command))
  const flags = rest.filter((word) => word.startsWith('--'))
  const everywhere = ['--data', '--json', '--config']
  if (!flags.every((flag) => everywhere.includes(flag) || lines.some((line) => line.includes(flag)))) return false
  const [action = ''] = rest
  const hasActions = ['user', 'token', 'session', 'tenant', 'audit', 'secret', 'cert', 'workflow'].includes(command)
  return !hasActions || action === '' || lines.some((line) => new RegExp(`(?:^| )${action}(?: |$)`).test(line))
}

function leadsSomewhere(from: string, link: string): boolean {
  const [file = '', heading] = link.split('#')
  const target = file === '' ? from : normalize(join(dirname(from), file))
  if (!existsSync(join(root, target))) return false
  if (heading === undefined) return true
  const headings = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title)
  return headings.some((title) => slug(title) === heading)
}

/** As GitHub makes anchors. */
function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}

/** In a test's source a quote inside a title may be escaped. */
function hasTitle(file: string, title: string): boolean {
  return existsSync(join(root, file)) && read(file).replaceAll("\\'", "'").includes(title)
}
