/** Which prompts are refused, and in which words? */
import type { Graph } from './client.ts'
import { emptyImage, previewImage } from './graphs.ts'

const image = emptyImage(1)

export const wholeRefusals: readonly (readonly [string, unknown, object])[] = [
  [
    'no prompt',
    {},
    { type: 'no_prompt', message: 'No prompt provided', details: 'No prompt provided', extra_info: {} },
  ],
  ['a list as body', [], { type: 'no_prompt' }],
  [
    'an empty graph',
    { prompt: {} },
    { type: 'prompt_no_outputs', message: 'Prompt has no outputs', details: '', extra_info: {} },
  ],
  ['a graph without output nodes', { prompt: { '1': image } }, { type: 'prompt_no_outputs' }],
  [
    'no target among the outputs',
    { prompt: { '1': image, '2': previewImage('1') }, partial_execution_targets: [] },
    { type: 'prompt_no_outputs' },
  ],
  [
    'an id that is no UUID',
    { prompt: {}, prompt_id: 'X' },
    { type: 'invalid_prompt_id', message: 'prompt_id must be a valid UUID' },
  ],
  [
    'an upper-case UUID',
    { prompt: {}, prompt_id: 'AAAAAAAA-1111-4111-8111-111111111111' },
    { type: 'invalid_prompt_id' },
  ],
  [
    'a node without a class',
    { prompt: { '1': {} } },
    {
      type: 'missing_node_type',
      message: "Node 'ID #1' has no class_type. The workflow may be corrupted or a custom node is missing.",
      details: "Node ID '#1'",
      extra_info: { node_id: '1', class_type: null, node_title: null },
    },
  ],
  [
    'an unknown class with a title',
    { prompt: { '1': { class_type: 'Nope', inputs: {}, _meta: { title: 'My node' } } } },
    {
      type: 'missing_node_type',
      message: "Node 'My node' not found. The custom node may not be installed.",
      details: "Node ID '#1'",
      extra_info: { node_id: '1', class_type: 'Nope', node_title: 'My node' },
    },
  ],
  [
    'a number as class',
    { prompt: { '1': { class_type: 5, inputs: {} } } },
    { type: 'missing_node_type', extra_info: { class_type: 5, node_title: 5 } },
  ],
]

export interface NodeRefusal {
  readonly what: string
  readonly graph: Graph
  readonly node: string
  readonly errors: readonly object[]
}

const widthConfig = ['INT', { default: 512, min: 1, max: 16384, step: 1 }]
export const withImage = (inputs: object): Graph => ({
  '1': { class_type: 'EmptyImage', inputs: { ...image.inputs, ...inputs } },
  '2': previewImage('1'),
})

export const nodeRefusals: readonly NodeRefusal[] = [
  {
    what: 'a missing input',
    graph: { '1': { class_type: 'PreviewAny', inputs: {} } },
    node: '1',
    errors: [
      {
        type: 'required_input_missing',
        message: 'Required input is missing',
        details: 'source',
        extra_info: { input_name: 'source' },
      },
    ],
  },
  {
    what: 'a value below the minimum',
    graph: withImage({ width: 0 }),
    node: '1',
    errors: [
      {
        type: 'value_smaller_than_min',
        message: 'Value 0 smaller than min of 1',
        details: 'width',
        extra_info: { input_name: 'width', input_config: widthConfig, received_value: 0 },
      },
    ],
  },
  {
    what: 'a value above the maximum',
    graph: withImage({ height: '99999' }),
    node: '1',
    errors: [
      {
        type: 'value_bigger_than_max',
        message: 'Value 99999 bigger than max of 16384',
        details: 'height',
        extra_info: { input_name: 'height', input_config: widthConfig, received_value: 99999 },
      },
    ],
  },
  {
    what: 'a text that is no number',
    graph: withImage({ width: 'x' }),
    node: '1',
    errors: [
      {
        type: 'invalid_input_type',
        message: 'Failed to convert an input value to a INT value',
        details: "width, x, invalid literal for int() with base 10: 'x'",
        extra_info: {
          input_name: 'width',
          input_config: widthConfig,
          received_value: 'x',
          exception_message: "invalid literal for int() with base 10: 'x'",
        },
      },
    ],
  },
  {
    what: 'null for a number',
    graph: withImage({ width: null }),
    node: '1',
    errors: [
      {
        type: 'invalid_input_type',
        details: "width, None, int() argument must be a string, a bytes-like object or a real number, not 'NoneType'",
      },
    ],
  },
  {
    what: 'an object for a number',
    graph: withImage({ width: { a: 1 } }),
    node: '1',
    errors: [
      {
        type: 'invalid_input_type',
        details: "width, {'a': 1}, int() argument must be a string, a bytes-like object or a real number, not 'dict'",
      },
    ],
  },
  {
    what: 'a link of three',
    graph: { '1': image, '2': { class_type: 'PreviewImage', inputs: { images: ['1', 0, 3] } } },
    node: '2',
    errors: [
      {
        type: 'bad_linked_input',
        message: 'Bad linked input, must be a length-2 list of [node_id, slot_index]',
        details: 'images',
        extra_info: { input_name: 'images', input_config: ['IMAGE', {}], received_value: ['1', 0, 3] },
      },
    ],
  },
  {
    what: 'a link to another type',
    graph: {
      '1': image,
      '2': { class_type: 'SaveText', inputs: { text: ['1', 0], filename_prefix: 'x', format: 'txt' } },
    },
    node: '2',
    errors: [
      {
        type: 'return_type_mismatch',
        message: 'Return type mismatch between linked nodes',
        details: 'text, received_type(IMAGE) mismatch input_type(STRING)',
        extra_info: { input_name: 'text', received_type: 'IMAGE', linked_node: ['1', 0] },
      },
    ],
  },
  {
    what: 'a choice that is not offered',
    graph: { '2': { class_type: 'SaveText', inputs: { text: 'a', filename_prefix: 'x', format: 'exe' } } },
    node: '2',
    errors: [
      {
        type: 'value_not_in_list',
        message: 'Value not in list',
        details: "format: 'exe' not in ['txt', 'csv', 'md', 'json']",
        extra_info: {
          input_name: 'format',
          input_config: ['COMBO', { default: 'txt', multiselect: false, options: ['txt', 'csv', 'md', 'json'] }],
          received_value: 'exe',
        },
      },
    ],
  },
  {
    what: 'a picture that is not there',
    graph: { '1': { class_type: 'LoadImage', inputs: { image: 'nope.png' } }, '2': previewImage('1') },
    node: '1',
    errors: [
      {
        type: 'custom_validation_failed',
        message: 'Custom validation failed for node',
        details: 'image - Invalid image file: nope.png',
        extra_info: { input_name: 'image' },
      },
    ],
  },
  {
    what: 'a picture outside its folder',
    graph: { '1': { class_type: 'LoadImage', inputs: { image: '../../etc/hostname' } }, '2': previewImage('1') },
    node: '1',
    errors: [{ type: 'custom_validation_failed', details: 'image - Invalid image file: ../../etc/hostname' }],
  },
  {
    what: 'a link into a file name',
    graph: {
      '3': { class_type: 'PrimitiveString', inputs: { value: 'x' } },
      '1': { class_type: 'LoadImage', inputs: { image: ['3', 0] } },
      '2': previewImage('1'),
    },
    node: '1',
    errors: [{ type: 'exception_during_inner_validation', details: "'NoneType' object has no attribute 'endswith'" }],
  },
  {
    what: 'a link to a node that is not there',
    graph: { '2': previewImage('9') },
    node: '2',
    errors: [
      {
        type: 'exception_during_validation',
        message: 'Exception when validating node',
        details: "'9'",
        extra_info: { exception_type: 'KeyError' },
      },
    ],
  },
  {
    what: 'a link to an output that is not there',
    graph: { '1': image, '2': { class_type: 'PreviewImage', inputs: { images: ['1', 5] } } },
    node: '2',
    errors: [
      {
        type: 'exception_during_validation',
        details: 'tuple index out of range',
        extra_info: { exception_type: 'IndexError' },
      },
    ],
  },
  {
    what: 'a missing node further up',
    graph: { '1': { class_type: 'ImageInvert', inputs: { image: ['9', 0] } }, '2': previewImage('1') },
    node: '1',
    errors: [
      {
        type: 'exception_during_inner_validation',
        message: 'Exception when validating inner node',
        details: "'9'",
        extra_info: { input_name: 'images', exception_type: 'KeyError', linked_node: ['1', 0] },
      },
    ],
  },
  {
    what: 'a circle',
    graph: {
      '1': { class_type: 'ImageInvert', inputs: { image: ['3', 0] } },
      '3': { class_type: 'ImageInvert', inputs: { image: ['1', 0] } },
      '2': previewImage('1'),
    },
    node: '3',
    errors: [
      {
        type: 'dependency_cycle',
        message: 'Dependency cycle detected',
        details: '1 (ImageInvert) -> 3 (ImageInvert) -> 1 (ImageInvert)',
        extra_info: { node_id: '3', cycle_nodes: ['1', '3'] },
      },
    ],
  },
]
