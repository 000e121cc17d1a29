import type { Json, JsonObject } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import { stringifyJson } from '../transform/lossless-json.ts'
import { ownNodeErrors, ownRefusal } from './upstream-refusal.ts'
import { key } from './world-fixture.ts'

const options = {
  folderKey: key,
  nodePrefix: 'k3f-',
  salt: 'salt-of-acme',
  tempNames: new Map([['mine.png', 'ComfyUI_temp_abcde_00001_.png']]),
}

function nodeError(error: Json): Json {
  const value = {
    error: {
      type: 'prompt_outputs_failed_validation',
      message: 'Prompt outputs failed validation',
      details: 'x',
      extra_info: {},
    },
    node_errors: { 'k3f-5': { errors: [error], dependent_outputs: ['k3f-9', 'other-1'], class_type: 'LoadImage' } },
  }
  const own = Object(ownRefusal(value, options))
  expect(own.node_errors['5']).toMatchObject({ dependent_outputs: ['9'], class_type: 'LoadImage' })
  return own.node_errors['5'].errors[0]
}

describe('ComfyUI\u2019s refusal of a node', () => {
  it('loses the option list, which names the folders of other tenants', () => {
    const error = nodeError({
      type: 'value_not_in_list',
      message: 'Value not in list',
      details: `folder: '${key}/nope' not in ['${key}', 'otherkey', 'otherkey/secret']`,
      extra_info: {
        input_name: 'folder',
        input_config: ['COMBO', { options: ['otherkey'] }],
        received_value: `${key}/nope`,
      },
    })
    expect(error).toEqual({
      type: 'value_not_in_list',
      message: 'Value not in list',
      details: 'folder: "nope" not in list',
      extra_info: { input_name: 'folder', received_value: 'nope', input_config: null },
    })
  })

  it('keeps the range of a number, from which the UI builds its sentence', () => {
    const extraInfo = {
      input_name: 'steps',
      input_config: ['INT', { min: 1, max: 100, tooltip: 't', default: 20 }],
      received_value: 0,
    }
    expect(
      nodeError({
        type: 'value_smaller_than_min',
        message: 'Value 0 smaller than min of 1',
        details: 'steps',
        extra_info: extraInfo,
      }),
    ).toEqual({
      type: 'value_smaller_than_min',
      message: 'Value 0 smaller than min of 1',
      details: 'steps',
      extra_info: { input_name: 'steps', received_value: 0, input_config: ['INT', { min: 1, max: 100 }] },
    })
  })

  it('loses tracebacks and the folders of the host', () => {
    const error = nodeError({
      type: 'exception_during_inner_validation',
      message: 'Exception when validating inner node',
      details: `[Errno 2] No such file or directory: '/srv/comfy/input/${key}/x.png'`,
      extra_info: {
        input_name: 'image',
        exception_message: `cannot open /srv/comfy/input/${key}/x.png`,
        exception_type: 'FileNotFoundError',
        traceback: ['  File "/srv/comfy/execution.py", line 1'],
        linked_node: ['k3f-4', 0],
        input_config: ['IMAGE', {}],
      },
    })
    expect(error).toEqual({
      type: 'exception_during_inner_validation',
      message: 'Exception when validating inner node',
      details: "[Errno 2] No such file or directory: 'x.png'",
      extra_info: {
        input_name: 'image',
        exception_message: 'cannot open x.png',
        exception_type: 'FileNotFoundError',
        linked_node: ['4', 0],
      },
    })
  })

  it('names own files and own previews as their owner knows them', () => {
    const details = (name: string) =>
      Object(
        nodeError({
          type: 'custom_validation_failed',
          message: 'm',
          details: `image - Invalid image file: ${name}`,
          extra_info: { input_name: 'image' },
        }),
      ).details
    expect(details(`${key}/sub/x.png [output]`)).toBe('image - Invalid image file: sub/x.png [output]')
    expect(details('ComfyUI_temp_abcde_00001_.png [temp]')).toBe('image - Invalid image file: mine.png [temp]')
  })

  it('names own nodes in links and circles', () => {
    expect(
      nodeError({
        type: 'dependency_cycle',
        message: 'Dependency cycle detected',
        details: 'k3f-5 (A) -> k3f-6 (B)',
        extra_info: { node_id: 'k3f-5', cycle_nodes: ['k3f-5', 'k3f-6'] },
      }),
    ).toEqual({
      type: 'dependency_cycle',
      message: 'Dependency cycle detected',
      details: '5 (A) -> 6 (B)',
      extra_info: { node_id: '5', cycle_nodes: ['5', '6'] },
    })
    expect(
      nodeError({
        type: 'return_type_mismatch',
        message: 'm',
        details: 'd',
        extra_info: { input_name: 'i', received_type: 'MASK', linked_node: ['k3f-4', 1], input_config: ['IMAGE', {}] },
      }),
    ).toHaveProperty('extra_info', { input_name: 'i', received_type: 'MASK', linked_node: ['4', 1] })
  })

  it('of an unknown type says nothing of what it says', () => {
    expect(
      stringifyJson(
        nodeError({ type: 'new_in_0_40', message: '/srv', details: 'otherkey', extra_info: { x: 'otherkey' } }),
      ),
    ).not.toMatch(/srv|otherkey/)
  })

  it('loses a value that prints the list it came from', () => {
    const details = `n, ['otherkey'], invalid literal ${'x'.repeat(1000)}`
    const error = Object(
      nodeError({
        type: 'invalid_input_type',
        message: 'm',
        details,
        extra_info: { input_name: 'n', received_value: 'y'.repeat(1000) },
      }),
    )
    expect(error.details).not.toContain('otherkey')
    expect(error.details.length).toBeLessThan(300)
  })
})

describe('ComfyUI\u2019s refusal of a prompt', () => {
  it('repeats in its details only what is left of the nodes\u2019 errors', () => {
    const error: JsonObject = {
      type: 'value_not_in_list',
      message: 'Value not in list',
      details: "folder: 'a' not in ['otherkey']",
      extra_info: { input_name: 'folder', received_value: 'a' },
    }
    const value = {
      error: {
        type: 'prompt_outputs_failed_validation',
        message: 'Prompt outputs failed validation',
        details: "Value not in list: folder: 'a' not in ['otherkey']",
        extra_info: {},
      },
      node_errors: { 'k3f-5': { errors: [error], dependent_outputs: [], class_type: 'X' } },
    }
    expect(ownRefusal(value, options)).toMatchObject({
      error: { details: 'Value not in list: folder: "a" not in list' },
    })
  })

  it('names the missing node by its own id', () => {
    const value = {
      error: {
        type: 'missing_node_type',
        message: "Node 'X' not found.",
        details: "Node ID '#k3f-5'",
        extra_info: { node_id: 'k3f-5', class_type: 'X', node_title: 'X' },
      },
      node_errors: {},
    }
    expect(ownRefusal(value, options)).toEqual({
      error: {
        type: 'missing_node_type',
        message: "Node 'X' not found.",
        details: "Node ID '#5'",
        extra_info: { class_type: 'X', node_title: 'X', node_id: '5' },
      },
      node_errors: {},
    })
  })

  it.each<[Json]>([
    [null],
    ['x'],
    [[]],
    [{ error: 'x', node_errors: 'y' }],
    [{ node_errors: { 'other-1': {} } }],
    [{ error: { type: 5 } }],
  ])('of an unexpected shape %j names nothing', (value) => {
    const own = ownRefusal(value, options)
    expect(own.node_errors).toEqual({})
  })

  it('leaves nodes of others out of the errors of an acceptance', () => {
    expect(ownNodeErrors({ 'other-1': { errors: [], dependent_outputs: [], class_type: 'X' } }, options)).toEqual({})
  })
})
