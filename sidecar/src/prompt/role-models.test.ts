import type { Json, JsonObject } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import { stringifyJson } from '../transform/lossless-json.ts'
import type { NormaliseContext } from './contract.ts'
import { normalisePrompt } from './normalise.ts'
import { parseRoleRules, type RoleWords } from './role-rules.ts'
import { world } from './world-fixture.ts'

const pack = {
  python_module: 'custom_nodes.some-pack',
  output: [],
  input: {
    required: {
      ckpt: [['house.safetensors', 'secret/one.safetensors'], {}],
      mode: [['fast', 'slow'], {}],
      note: ['STRING', {}],
    },
  },
}
const context: NormaliseContext = {
  ...world,
  admitted: [{ class: 'PackNode' }],
  objectInfo: { version: '3', classes: new Map([...world.objectInfo.classes, ['PackNode', pack]]) },
  embeddings: ['house.safetensors', 'secret/rude.safetensors', 'win\\dows.safetensors'],
}

/** undefined: it may run. */
function refusal(forRole: RoleWords, classType: string, inputs: JsonObject, nodes: JsonObject = {}) {
  const prompt = {
    ...nodes,
    n: { class_type: classType, inputs },
    shown: { class_type: 'PreviewAny', inputs: { source: ['n', 0] } },
  }
  const result = normalisePrompt({ prompt }, { ...context, forRole: parseRoleRules(forRole) })
  return result.ok ? undefined : stringifyJson(result.value)
}

const loads = (name: Json) => ['CheckpointLoaderSimple', { ckpt_name: name }] as const
const noSecrets: RoleWords = { models: { deny: ['checkpoints/secret/*', 'embeddings/secret/*'] } }
const houseOnly: RoleWords = {
  models: { allow: ['checkpoints/house*', 'models/house*', 'embeddings/house*'], deny: [] },
}

describe('models of a role', () => {
  it('may be chosen where nothing denies them, and by a role without a list', () => {
    expect(refusal({}, ...loads('secret/one.safetensors'))).toBeUndefined()
    expect(refusal(noSecrets, ...loads('house.safetensors'))).toBeUndefined()
    expect(refusal(houseOnly, ...loads('house.safetensors'))).toBeUndefined()
  })

  it.each(['secret/one.safetensors', 'secret\\one.safetensors', 'SECRET/One.safetensors', 'secret//one.safetensors'])(
    'that are denied are refused as %s, with the cure',
    (name) => {
      expect(refusal(noSecrets, ...loads(name))).toContain('your role may not use')
      expect(refusal(noSecrets, ...loads(name))).toContain('ask an administrator')
    },
  )

  it('that are not on the list of what is allowed are refused, and denial wins over the list', () => {
    expect(refusal(houseOnly, ...loads('other.safetensors'))).toContain('may not use other.safetensors')
    const both = { models: { allow: ['*'], deny: ['checkpoints/house*'] } }
    expect(refusal(both, ...loads('house.safetensors'))).toContain('may not use')
    expect(refusal(both, ...loads('other.safetensors'))).toBeUndefined()
  })

  it('are judged where a constant text is connected', () => {
    const text = { t: { class_type: 'PrimitiveString', inputs: { value: 'secret/one.safetensors' } } }
    expect(refusal(noSecrets, 'CheckpointLoaderSimple', { ckpt_name: ['t', 0] }, text)).toContain('may not use')
  })

  it('are judged in lists of packs, whatever folder they show', () => {
    expect(refusal(noSecrets, 'PackNode', { ckpt: 'secret/one.safetensors' })).toContain('may not use')
    expect(refusal(noSecrets, 'PackNode', { ckpt: 'house.safetensors', mode: 'fast' })).toBeUndefined()
    expect(refusal(houseOnly, 'PackNode', { ckpt: 'other.safetensors' })).toContain('may not use')
    expect(refusal(houseOnly, 'PackNode', { ckpt: 'house.safetensors', mode: 'fast', note: 'x' })).toBeUndefined()
    const made = { m: { class_type: 'PackNode', inputs: { ckpt: 'house.safetensors' } } }
    expect(refusal(houseOnly, 'PackNode', { ckpt: ['m', 0] }, made)).toContain('known only while the prompt runs')
  })

  it.each([
    'embedding:rude',
    'a (embedding:secret/rude:1.2)',
    'embedding:rude.safetensors',
    'embedding:x/../secret/rude',
  ])('are judged in texts that name them as "%s"', (text) => {
    expect(refusal(noSecrets, 'CLIPTextEncode', { text })).toContain('may not use secret/rude.safetensors')
    expect(refusal({}, 'CLIPTextEncode', { text })).toBeUndefined()
  })

  it('are left alone in texts that name others', () => {
    expect(refusal(noSecrets, 'CLIPTextEncode', { text: 'embedding:house, embedding:dows' })).toBeUndefined()
    expect(refusal(houseOnly, 'CLIPTextEncode', { text: 'embedding:dows' })).toContain('may not use')
  })
})

describe('nodes of a role', () => {
  const runs = (nodes: RoleWords['nodes']) => refusal({ nodes }, 'PackNode', { note: 'x' })

  it('are those of its list and no others', () => {
    expect(runs({ allow: ['PackNode', 'Preview*'], deny: [] })).toBeUndefined()
    expect(runs({ allow: ['pack:some-*', 'PreviewAny'], deny: [] })).toBeUndefined()
    expect(runs({ allow: ['PackNode'], deny: [] })).toContain('PreviewAny is not among the nodes of your role')
    expect(runs({ allow: [], deny: [] })).toContain('roles.user.nodes')
  })

  it('are none that are denied, though a list holds them', () => {
    expect(runs({ allow: ['*'], deny: ['Pack*'] })).toContain('PackNode is not among the nodes of your role')
    expect(runs({ deny: ['pack:some-pack'] })).toContain('PackNode is not among the nodes of your role')
  })

  it('are not more than what the catalogue and the operator let anybody run', () => {
    expect(refusal({ nodes: { allow: ['*'], deny: [] } }, 'RegexMatch', {})).toContain('nodes.admit')
  })
})
