/** Does the owner of a job see their own names, and nobody else's, in every event? */
import type { JsonObject } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import {
  parseBinaryFrame,
  withoutMetadata,
  writePreview,
  writePreviewWithMetadata,
  writeText,
} from './binary-frames.ts'
import { withoutHostPaths } from './host-paths.ts'
import {
  type ExecutionEvent,
  type FrameNames,
  ownEventData,
  ownMessages,
  ownMeta,
  ownPreviewMetadata,
  ownValue,
  parseExecutionEvent,
} from './socket-frames.ts'

const names: FrameNames = {
  publicId: 'public',
  ownNode: (node) => (node.startsWith('me-') ? node.slice(3) : undefined),
  ownText: (text) => text.replaceAll('KEY/', ''),
  tellsCached: (node) => node !== 'me-loader',
  ownOutput: (_node, output) => ({ ...output, own: true }),
}

const cases: readonly (readonly [ExecutionEvent, JsonObject, JsonObject | undefined])[] = [
  ['execution_start', { prompt_id: 'up', timestamp: 1, extra: 'x' }, { prompt_id: 'public', timestamp: 1 }],
  ['execution_success', { prompt_id: 'up' }, { prompt_id: 'public' }],
  [
    'execution_cached',
    { nodes: ['me-1', 'me-loader', 'they-2', 5], prompt_id: 'up', timestamp: 1 },
    { nodes: ['1'], prompt_id: 'public', timestamp: 1 },
  ],
  ['executing', { node: null, prompt_id: 'up' }, { node: null, prompt_id: 'public' }],
  [
    'executing',
    { node: 'me-1.0.0.2', display_node: 'me-1', prompt_id: 'up' },
    { node: '1.0.0.2', display_node: '1', prompt_id: 'public' },
  ],
  ['executing', { node: 'they-1', display_node: 'me-1', prompt_id: 'up' }, undefined],
  ['executing', { prompt_id: 'up' }, undefined],
  [
    'progress',
    { value: 1, max: 2, node: 'me-1', prompt_id: 'up' },
    { value: 1, max: 2, node: '1', prompt_id: 'public' },
  ],
  ['progress', { value: 1, max: 2, node: 'they-1', prompt_id: 'up' }, undefined],
  [
    'executed',
    { node: 'me-1', display_node: null, output: null, prompt_id: 'up' },
    { node: '1', display_node: '1', output: null, prompt_id: 'public' },
  ],
  [
    'executed',
    { node: 'me-1', display_node: 'me-1', output: { a: [] }, prompt_id: 'up' },
    { node: '1', display_node: '1', output: { a: [], own: true }, prompt_id: 'public' },
  ],
  ['executed', { node: 'they-1', output: { a: [] }, prompt_id: 'up' }, undefined],
  [
    'progress_state',
    {
      prompt_id: 'up',
      nodes: {
        'me-1': {
          value: 1,
          max: 2,
          state: 'running',
          display_node_id: 'me-1',
          parent_node_id: 'me-0',
          real_node_id: 'they-1',
          secret: 1,
        },
        'they-2': {},
      },
    },
    {
      prompt_id: 'public',
      nodes: {
        1: {
          value: 1,
          max: 2,
          state: 'running',
          node_id: '1',
          prompt_id: 'public',
          display_node_id: '1',
          parent_node_id: '0',
          real_node_id: '1',
        },
      },
    },
  ],
  [
    'execution_interrupted',
    { prompt_id: 'up', node_id: 'me-1', node_type: 'X', executed: ['me-2', 'me-loader', 'they-3'], timestamp: 4 },
    { prompt_id: 'public', node_id: '1', node_type: 'X', executed: ['2'], timestamp: 4 },
  ],
  [
    'execution_error',
    {
      prompt_id: 'up',
      node_id: 'me-1',
      node_type: 'X',
      exception_message: 'no /srv/in/KEY/a.png',
      exception_type: 'E',
      traceback: ['/srv/x.py'],
      current_inputs: [],
      current_outputs: ['they-1'],
      host: '/srv',
    },
    {
      prompt_id: 'public',
      node_id: '1',
      node_type: 'X',
      executed: [],
      exception_message: 'no a.png',
      exception_type: 'E',
      traceback: [],
      current_inputs: [],
      current_outputs: [],
    },
  ],
]

describe('ownEventData', () => {
  it.each(cases)('rebuilds %s from %o', (event, data, expected) => {
    expect(ownEventData(event, data, names)).toEqual(expected)
  })
})

describe('history', () => {
  it('keeps the messages that are known, rebuilt', () => {
    expect(
      ownMessages(
        [['execution_start', { prompt_id: 'up', timestamp: 1 }], ['pack_event', { path: '/srv' }], 'nonsense', [5]],
        names,
      ),
    ).toEqual([['execution_start', { prompt_id: 'public', timestamp: 1 }]])
  })

  it('keeps the meta of own nodes', () => {
    const meta = { node_id: 'me-1', display_node: 'me-1', parent_node: null, real_node_id: 'they-1' }
    expect(ownMeta({ 'me-1': meta, 'they-1': meta }, names)).toEqual({
      1: { node_id: '1', display_node: '1', parent_node: null, real_node_id: null },
    })
  })
})

it('knows no event types but those of execution', () => {
  expect(['status', 'logs', 'executing', '__proto__', null].map((type) => parseExecutionEvent(type))).toEqual([
    undefined,
    undefined,
    'executing',
    undefined,
    undefined,
  ])
})

it('renames texts and keys at any depth', () => {
  expect(ownValue({ 'KEY/a': ['/srv/x/KEY/b', { c: 1, d: null }] }, names)).toEqual({ a: ['b', { c: 1, d: null }] })
})

it('drops preview metadata about nodes of others', () => {
  expect(ownPreviewMetadata({ node_id: 'they-1', prompt_id: 'up' }, names)).toBeUndefined()
})

describe('withoutHostPaths', () => {
  it.each([
    ["[Errno 2] No such file: '/home/my user/ComfyUI/input/a b.png'", "[Errno 2] No such file: 'a b.png'"],
    ['Cannot open /srv/comfy/input/a.png now', 'Cannot open a.png now'],
    ['File "C:\\Users\\x y\\a.py"', 'File "a.py"'],
    ['see https://example.org/a/b for help', 'see https://example.org/a/b for help'],
    ['1/2 of a/b', '1/2 of a/b'],
    ['plain', 'plain'],
  ])('turns %s into %s', (text, expected) => {
    expect(withoutHostPaths(text)).toBe(expected)
  })
})

describe('binary frames', () => {
  const image = Buffer.from('image')

  it('are read as they are written', () => {
    expect(parseBinaryFrame(writePreview(2, image))).toEqual({ kind: 'preview', format: 2, image })
    expect(parseBinaryFrame(writeText('n\u00e4', 't\u00e9xt'))).toEqual({
      kind: 'text',
      node: 'n\u00e4',
      text: 't\u00e9xt',
    })
    expect(parseBinaryFrame(writePreviewWithMetadata({ a: 1 }, image))).toEqual({
      kind: 'preview-with-metadata',
      metadata: { a: 1 },
      image,
    })
  })

  it('lose their metadata for sockets that did not ask for it', () => {
    expect(withoutMetadata({ image_type: 'image/png' }, image)).toEqual(writePreview(2, image))
    expect(withoutMetadata({ image_type: 'image/jpeg' }, image)).toEqual(writePreview(1, image))
  })

  it.each([
    ['too short', Buffer.from([0, 0, 0, 1])],
    ['of an unknown type', Buffer.from([0, 0, 0, 2, 0, 0, 0, 1, 1])],
    ['of an unknown format', Buffer.from([0, 0, 0, 1, 0, 0, 0, 9, 1])],
    ['with a length beyond their end', Buffer.from([0, 0, 0, 3, 255, 255, 255, 255, 1])],
    ['with metadata that is no JSON', Buffer.from([0, 0, 0, 4, 0, 0, 0, 1, 0x7b])],
    ['with metadata that is no object', Buffer.from([0, 0, 0, 4, 0, 0, 0, 1, 0x35])],
  ])("%s are nobody's", (_name, frame) => {
    expect(parseBinaryFrame(frame)).toBeUndefined()
  })
})
