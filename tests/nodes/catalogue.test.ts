/**
 * Is every class and every input of core ComfyUI classified? Recorded facts of four versions, and a real one.
 * `vitest run --project system tests/nodes -u` with COMFYUI_DIR writes the facts of that version anew.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { coreClasses, isCoreModule } from '../../sidecar/src/prompt/catalogue/core-classes.ts'
import { plainInputs } from '../../sidecar/src/prompt/catalogue/plain-inputs.ts'
import { effects, rule } from '../../sidecar/src/prompt/catalogue/vocabulary.ts'
import { findRealComfyui, noRealComfyui, startRealComfyui } from '../support/real-comfyui.ts'
import { foldersBelow, type NodeFacts, nodeFacts, plantFiles, printFacts } from './node-facts.ts'
import { findMisclassified, findUnclassified } from './unclassified.ts'

const versions = ['0.3.64', '0.9.1', '0.29.0', '0.33.0']
const fixture = (version: string): string =>
  fileURLToPath(new URL(`../fixtures/node-facts.${version}.json`, import.meta.url))
const readFacts = (version: string): NodeFacts => JSON.parse(readFileSync(fixture(version), 'utf8'))

// The types of inputs that core classes are fed with by other nodes alone need no look; these do.
const knownValues = new Set(
  `* ARRAY BOOLEAN BOUNDING_BOX BOUNDING_BOXES COLOR COLORS COMFY_DYNAMICCOMBO_V3 COMFY_MATCHTYPE_V3 COMPOSITOR CURVE
  DICT FLOAT FLOATS HISTOGRAM IMAGECOMPARE INT FLOAT,INT FLOAT,INT,BOOLEAN`.split(/\s+/),
)

describe.each(versions)('the catalogue of core classes and the recorded ComfyUI %s', (version) => {
  const facts = readFacts(version)

  it('leaves no class and no input unclassified', () => {
    expect(Object.keys(facts.classes).length).toBeGreaterThan(490)
    expect(findUnclassified(facts)).toEqual([])
  })

  it('has a field of the right kind for every list of files and every upload', () => {
    expect(findMisclassified(facts)).toEqual([])
  })

  it('takes no other type of input for a mere value', () => {
    const values = Object.entries(facts.types).filter(([, kind]) => kind === 'value')
    expect(values.map(([type]) => type).filter((type) => !knownValues.has(type))).toEqual([])
  })

  it('lets every partner node need a permission of its own', () => {
    const partners = Object.entries(facts.classes).filter(([, { module }]) => module.startsWith('comfy_api_nodes.'))
    expect(partners.length).toBeGreaterThan(100)
    expect(partners.filter(([name]) => coreClasses.get(name)?.policy === 'open')).toEqual([])
  })

  it('is seen red: without a class, without a field, without a plain input', () => {
    const less = new Map(coreClasses)
    less.delete('KSampler')
    less.set('LoadImage', rule({}))
    less.set('CheckpointLoaderSimple', rule({ fields: { ckpt_name: { kind: 'text' } } }))
    expect(findUnclassified(facts, less)).toEqual(expect.arrayContaining(['KSampler', 'LoadImage.image']))
    expect(findMisclassified(facts, less)).toContain('CheckpointLoaderSimple.ckpt_name: lists:models')
    const newer = { ...facts, classes: { KSampler: { module: 'nodes', inputs: { save_to: 'STRING' } } } }
    expect(findUnclassified(newer)).toEqual(['KSampler.save_to'])
  })
})

describe('the catalogue of core classes', () => {
  const recorded = versions.map(readFacts)
  const inputsOf = (name: string): ReadonlySet<string> =>
    new Set(recorded.flatMap(({ classes }) => Object.keys(classes[name]?.inputs ?? {})))

  it('names no field and no plain input that no version has', () => {
    const fields = [...coreClasses].flatMap(([name, { fields: own }]) => Object.keys(own).map((input) => [name, input]))
    const plain = [...plainInputs].map((entry) => [entry.split('.', 1)[0] ?? '', entry.slice(entry.indexOf('.') + 1)])
    const dead = [...fields, ...plain].filter(([name = '', input = '']) => !isIn(recorded, name, input, inputsOf))
    expect(dead.map((parts) => parts.join('.'))).toEqual([])
  })

  it('says of every class what it does beyond its graph, and why it is not open', () => {
    for (const [name, known] of coreClasses) {
      for (const effect of known.effects) expect(effects, name).toContain(effect)
      if (known.policy === 'denied' || known.policy === 'unbounded') expect(known.because, name).toMatch(/\.$/)
      if (known.policy === 'network') expect(known.effects, name).toContain('talks to the network')
    }
    expect(coreClasses.get('KSampler')?.effects).toEqual([])
    expect(coreClasses.get('SaveVideo')?.effects).toEqual(['writes under a prefix'])
    expect(coreClasses.get('LoadImageDataSetFromFolder')?.effects).toEqual(['lists a folder'])
    expect(coreClasses.get('RegexMatch')?.effects).toEqual(['computes without bound'])
  })

  it('takes nothing of a pack for core', () => {
    for (const module of ['custom_nodes.evil', 'custom_nodes.comfy_extras.x', 'nodes2', undefined])
      expect(isCoreModule(module)).toBe(false)
  })
})

function isIn(
  recorded: readonly NodeFacts[],
  name: string,
  input: string,
  inputsOf: (name: string) => ReadonlySet<string>,
): boolean {
  // Classes of versions between the recorded ones are known from their source.
  return inputsOf(name).has(input) || recorded.every(({ classes }) => classes[name] === undefined)
}

const place = findRealComfyui()
if (place === undefined) console.warn(`the catalogue beside a real ComfyUI: ${noRealComfyui}`)

describe.skipIf(place === undefined)('the catalogue and a real ComfyUI', { timeout: 240_000 }, () => {
  it('leave nothing unclassified, and agree with the recorded facts', async () => {
    await using comfyui = await startRealComfyui({
      customNodes: [join(place?.directory ?? '', 'custom_nodes', 'websocket_image_save.py')],
    })
    plantFiles(comfyui.baseDirectory, foldersBelow(join(place?.directory ?? '', 'models')))
    const objectInfo = await (await fetch(`${comfyui.url}/object_info`)).json()
    const facts = nodeFacts(place?.version ?? '', objectInfo)
    expect(findUnclassified(facts)).toEqual([])
    expect(findMisclassified(facts)).toEqual([])
    const file = fixture(facts.comfyui)
    if (existsSync(file)) await expect(printFacts(facts)).toMatchFileSnapshot(file)
  })
})
