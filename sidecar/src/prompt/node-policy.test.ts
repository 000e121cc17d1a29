/** Which nodes does which role run, and can anything smuggle a name into a field that reads? */
import type { JsonObject } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import { type NodeWords, parseNodeDecisions } from './catalogue/admissions.ts'
import type { NormaliseContext } from './contract.ts'
import { judgeClass } from './judge-class.ts'
import { normalisePrompt } from './normalise.ts'
import { key, world } from './world-fixture.ts'

const pack = (input: JsonObject, name = 'some-pack'): JsonObject => ({
  python_module: `custom_nodes.${name}`,
  output_node: true,
  input,
})
const classes = new Map<string, JsonObject>([
  ...world.objectInfo.classes,
  ['Reader', pack({ required: { file: ['STRING', {}], folder: ['STRING', {}], notes: ['STRING', {}] } })],
  ['Writer', pack({ required: { where: ['STRING', {}], image: ['IMAGE'] } })],
  ['Many', pack({ required: { images: ['COMFY_AUTOGROW_V3', many()] } })],
  ['AnySwitch', { ...pack({ required: { a: ['*'] } }), output: ['STRING', '*'] }],
  ['PyExec', pack({ required: { code: ['STRING', {}] } }, 'pyexec')],
  ['MyPythonScriptNode', pack({ required: { code: ['STRING', {}] } }, 'nobody-knows')],
  [
    'ImageScale',
    { python_module: 'nodes', output_node: true, input: { required: { image: ['IMAGE'], to: ['STRING'] } } },
  ],
  [
    'CLIPTextEncode',
    { python_module: 'nodes', output_node: true, input: { required: { text: ['STRING'], clip: ['CLIP'] } } },
  ],
])

function many(): JsonObject {
  return { template: { input: { required: { image: [['a.png'], { image_upload: true }] } }, prefix: 'image' } }
}

function context(nodes: Partial<NodeWords>, more: Partial<NormaliseContext> = {}): NormaliseContext {
  const decisions = parseNodeDecisions({ admit: [], refuse: [], allow_code_execution: [], ...nodes })
  return { ...world, objectInfo: { version: '1', classes }, ...decisions, ...more }
}

type Nodes = Readonly<Record<string, JsonObject>>

function run(nodes: Nodes, words: Partial<NodeWords>): JsonObject {
  const result = normalisePrompt({ prompt: nodes }, context(words))
  if (!result.ok) throw new Error(JSON.stringify(result.value))
  return result.upstream.prompt
}

function refusal(nodes: Nodes, words: Partial<NodeWords>): string {
  const result = normalisePrompt({ prompt: nodes }, context(words))
  return result.ok ? 'accepted' : JSON.stringify(result.value)
}

const node = (classType: string, inputs: JsonObject): Nodes => ({ 1: { class_type: classType, inputs } })
const says = (classType: string, words: Partial<NodeWords>, role: NormaliseContext['role'] = 'user') =>
  judgeClass(classType, context(words, { role }))

describe('a class', () => {
  it('that is refused by name, pattern or pack does not run, whoever admitted it', () => {
    expect(says('SaveImage', { refuse: ['SaveImage'] })).toMatchObject({ rule: undefined, by: 'nodes.refuse' })
    expect(says('KSampler', { refuse: ['KSam*'], admit: ['KSampler'] }).rule).toBeUndefined()
    expect(says('Reader', { refuse: ['pack:some-*'], admit: ['Reader'] }).rule).toBeUndefined()
    expect(says('KSampler', { refuse: ['pack:*'] }).rule).toBeDefined()
    expect(refusal(node('SaveImage', {}), { refuse: ['SaveImage'] })).toMatch(/switched off for your role/)
  })

  it('is refused to the named roles only', () => {
    const words: Partial<NodeWords> = { refuse: [{ class: '*', roles: ['user', 'guest'] }] }
    expect(says('KSampler', words, 'user').rule).toBeUndefined()
    expect(says('KSampler', words, 'owner').rule).toBeDefined()
  })

  it('is admitted to the named roles only', () => {
    const words: Partial<NodeWords> = { admit: [{ pack: 'some-pack', roles: ['power'] }] }
    expect(says('Reader', words, 'power').says).toBe('The operator admitted it by pack:some-pack, and trusts it.')
    expect(says('Reader', words, 'user')).toMatchObject({ rule: undefined, by: 'nobody' })
  })

  it.each([['PyExec'], ['MyPythonScriptNode']])('that runs code, such as %s, needs both switches', (name) => {
    const admitted: Partial<NodeWords> = { admit: ['*', name, 'pack:*'] }
    expect(says(name, admitted)).toMatchObject({ rule: undefined, by: 'nodes.allow_code_execution' })
    expect(refusal(node(name, {}), admitted)).toMatch(/in full, under nodes\.allow_code_execution/)
    expect(says(name, { allow_code_execution: [name] }).rule).toBeUndefined()
    expect(says(name, { ...admitted, allow_code_execution: [name.toLowerCase()] }).rule).toBeUndefined()
    expect(says(name, { ...admitted, allow_code_execution: [name] }).rule).toBeDefined()
    expect(says(name, { ...admitted, allow_code_execution: [name], refuse: [name] }).rule).toBeUndefined()
  })
})

describe('the fields of an admitted class', () => {
  const fields = {
    file: { reads: 'output', annotated: true },
    folder: { reads: 'input', target: 'folder', annotated: false },
    notes: { text: true },
  } as const
  const words: Partial<NodeWords> = {
    admit: [
      { class: 'Reader', fields },
      { class: 'Writer', fields: { where: { writes: 'pack' } } },
      'AnySwitch',
      'Many',
    ],
  }

  it('are mapped as those of core classes', () => {
    const inputs = { file: 'x.png [input]', folder: 'sub', notes: '../anything' }
    expect(run(node('Reader', inputs), words)).toMatchObject({
      'k3f-1': { inputs: { file: `${key}/x.png [input]`, folder: `${key}/sub`, notes: '../anything' } },
    })
    expect(run(node('Writer', {}), words)).toMatchObject({ 'k3f-1': { inputs: { where: `${key}/pack` } } })
    expect(run(node('Writer', { where: 'a/b' }), words)).toMatchObject({ 'k3f-1': { inputs: { where: `${key}/a/b` } } })
  })

  it.each([['../x.png'], ['/etc/passwd'], ['a\\b.png'], ['..'], [{ __value__: '../x' }], [['x.png', 0.5]], [{ a: 1 }]])(
    'refuse %j',
    (file) => {
      expect(refusal(node('Reader', { file }), words)).toMatch(/file: |link/)
    },
  )

  it.each(['AnySwitch', 'PrimitiveString', 'StringConcatenate', 'CustomCombo'])('take no link from %s', (from) => {
    const nodes = {
      ...node('Reader', { file: ['2', 0] }),
      2: { class_type: from, inputs: { a: 'x', value: 'x', choice: 'x' } },
    }
    expect(refusal(nodes, words)).toMatch(/this field cannot be connected/)
  })

  it('fold links to constants of core classes where the operator says so, and of no pack', () => {
    const folding: Partial<NodeWords> = {
      admit: [{ class: 'Reader', fields: { file: { reads: 'input', links: 'fold' } } }, 'AnySwitch', 'Fake*'],
    }
    const from = (classType: string, inputs: JsonObject) => ({
      ...node('Reader', { file: ['2', 0] }),
      2: { class_type: classType, inputs },
    })
    expect(run(from('PrimitiveString', { value: 'x.png' }), folding)).toMatchObject({
      'k3f-1': { inputs: { file: `${key}/x.png` } },
    })
    expect(refusal(from('PrimitiveString', { value: '../x.png' }), folding)).toMatch(/file: name one of your own/)
    expect(refusal(from('AnySwitch', { a: 'x.png' }), folding)).toMatch(/known only while the prompt runs/)
    const taken = new Map([...classes, ['PrimitiveString', { ...pack({}), output: ['STRING'] }] as const])
    const faked = normalisePrompt(
      { prompt: from('PrimitiveString', { value: 'x.png' }) },
      context({ admit: [...(folding.admit ?? []), 'pack:*'] }, { objectInfo: { version: '2', classes: taken } }),
    )
    expect(JSON.stringify(faked)).toMatch(/known only while the prompt runs/)
  })

  it('are mapped where the client counts them up', () => {
    const inputs = { 'images.image0': 'a.png', 'images.image1': 'b.png [output]' }
    expect(run(node('Many', inputs), words)).toMatchObject({
      'k3f-1': { inputs: { 'images.image0': `${key}/a.png`, 'images.image1': `${key}/b.png [output]` } },
    })
    expect(refusal(node('Many', { 'images.image7': '../x.png' }), words)).toMatch(/images\.image7: /)
  })
})

describe('an input', () => {
  it('that nobody classified is refused when a prompt uses it, literal or linked', () => {
    expect(refusal(node('ImageScale', { to: '/etc/passwd' }), {})).toMatch(/to: Gatehouse does not know this input/)
    const linked = {
      ...node('ImageScale', { to: ['2', 0] }),
      2: { class_type: 'PrimitiveString', inputs: { value: 'x' } },
    }
    expect(refusal(linked, {})).toMatch(/to: Gatehouse does not know this input/)
    expect(refusal(node('ImageScale', {}), {})).toBe('accepted')
    expect(
      refusal(node('ImageScale', { to: 'x' }), { admit: [{ class: 'ImageScale', fields: { to: { text: true } } }] }),
    ).toBe('accepted')
  })

  it('that only another node can fill takes no value, which ComfyUI would pass on as it is', () => {
    expect(refusal(node('ImageScale', { image: '/etc/passwd' }), {})).toMatch(/image: .*Connect a node/)
    expect(refusal(node('Writer', { image: '/etc/passwd' }), { admit: ['Writer'] })).toMatch(/image: .*Connect a node/)
    expect(refusal(node('ImageScale', { image: null }), {})).toBe('accepted')
  })

  it('that is plain text may hold anything', () => {
    expect(refusal(node('CLIPTextEncode', { text: '../../a cat' }), {})).toBe('accepted')
  })
})
