import type { JsonObject } from '@gatehouse/shared/json'
import { rolePermissions } from '@gatehouse/shared/roles'
import { describe, expect, it } from 'vitest'
import { parseNodeDecisions } from './catalogue/admissions.ts'
import { parseRoleRules, type RoleWords } from './role-rules.ts'
import { shownClass } from './shown-classes.ts'

const core = (input: JsonObject): JsonObject => ({ python_module: 'nodes', input })
const pack = (input: JsonObject): JsonObject => ({ python_module: 'custom_nodes.some-pack', input })

interface Shown {
  readonly role?: 'guest' | 'user' | 'power'
  readonly admit?: readonly string[]
  readonly refuse?: readonly string[]
  readonly allowPickles?: readonly string[]
  readonly forRole?: RoleWords
}

function shown(
  name: string,
  info: JsonObject,
  { role = 'user', admit = [], refuse = [], forRole = {}, ...rest }: Shown = {},
) {
  return shownClass(name, info, {
    ...parseNodeDecisions({ admit, refuse, allow_code_execution: [] }),
    objectInfo: { version: '1', classes: new Map([[name, info]]) },
    role,
    forRole: parseRoleRules(forRole),
    permissions: rolePermissions[role],
    allowPickles: rest.allowPickles ?? [],
  })
}

describe('a class', () => {
  it('that only computes is shown as it is', () => {
    const info = core({ required: { seed: ['INT', { default: 0 }] } })
    expect(shown('KSampler', info)).toBe(info)
  })

  it.each([
    ['is not admitted', 'PackNode', pack({}), {}, { admit: ['PackNode'] }],
    ['is refused by name', 'KSampler', core({}), { refuse: ['KSampler'] }, {}],
    ['does harm', 'VAESave', core({}), {}, { admit: ['VAESave'] }],
    ['computes without bound', 'RegexMatch', core({}), {}, { admit: ['RegexMatch'] }],
    [
      'needs a permission that the role has not',
      'KlingTextToVideoNode',
      core({}),
      { role: 'guest' },
      { role: 'power' },
    ],
    ['takes the name of a core class', 'KSampler', pack({}), {}, { admit: ['pack:some-pack'] }],
  ] satisfies readonly (readonly [string, string, JsonObject, Shown, Shown])[])(
    'that %s is shown to nobody who may not run it',
    (_why, name, info, without, allowed) => {
      expect(shown(name, info, without)).toBeUndefined()
      expect(shown(name, info, allowed)).toBe(info)
    },
  )
})

describe('a list of models', () => {
  const loader = core({
    required: { ckpt_name: [['a.safetensors', 'sub/b.ckpt', 'c.bak'], { default: 'sub/b.ckpt', tooltip: 'which' }] },
  })

  it('leaves out what can carry code, as the judgement of prompts does, and a default that is gone', () => {
    expect(shown('CheckpointLoaderSimple', loader)?.input).toEqual({
      required: { ckpt_name: [['a.safetensors'], { tooltip: 'which' }] },
    })
  })

  it('keeps what the operator admitted', () => {
    const info = shown('CheckpointLoaderSimple', loader, { allowPickles: ['checkpoints/sub/*', 'loras/*'] })
    expect(info?.input).toEqual({
      required: { ckpt_name: [['a.safetensors', 'sub/b.ckpt'], { default: 'sub/b.ckpt', tooltip: 'which' }] },
    })
    expect(shown('CheckpointLoaderSimple', loader, { allowPickles: ['*'] })).toBe(loader)
  })

  it('leaves out pickles in the lists of packs and behind dynamic choices, and nothing else', () => {
    const info = pack({
      required: {
        model: ['COMBO', { options: ['x.pth', 'x.onnx', 'style.bak'] }],
        mode: [
          'COMFY_DYNAMICCOMBO_V3',
          { options: [{ key: 'one', inputs: { required: { inner: ['COMBO', { options: ['y.pt', 'y.gguf'] }] } } }] },
        ],
      },
    })
    expect(shown('PackNode', info, { admit: ['PackNode'] })?.input).toEqual({
      required: {
        model: ['COMBO', { options: ['x.onnx', 'style.bak'] }],
        mode: [
          'COMFY_DYNAMICCOMBO_V3',
          { options: [{ key: 'one', inputs: { required: { inner: ['COMBO', { options: ['y.gguf'] }] } } }] },
        ],
      },
    })
  })

  it('of folders of Diffusers is empty until the operator admits one', () => {
    const info = core({ required: { model_path: [['one', 'two']] } })
    expect(shown('DiffusersLoader', info)?.input).toEqual({ required: { model_path: [[]] } })
    expect(shown('DiffusersLoader', info, { allowPickles: ['diffusers/two'] })?.input).toEqual({
      required: { model_path: [['two']] },
    })
  })
})
