/** How does a node read its inputs? By name, with the kind it expects, or the TypeError Python would raise. */
import { pythonStr } from '../python/dump-json.ts'
import { asNumber } from '../python/values.ts'
import {
  type ImageValue,
  type MaskValue,
  type NodeInputs,
  type NodeValue,
  PythonError,
  type Resource,
} from './node-class.ts'

export function createNodeInputs(values: ReadonlyMap<string, NodeValue>): NodeInputs {
  return {
    get: (name) => values.get(name),
    text: (name, fallback) => {
      const value = values.get(name)
      if (typeof value === 'string') return value
      if (value === undefined && fallback !== undefined) return fallback
      throw missing(name, 'str')
    },
    number: (name, fallback) => {
      const value = values.get(name)
      const found = value === undefined || isResource(value) ? undefined : asNumber(value)
      if (found !== undefined) return found
      if (typeof value === 'boolean') return Number(value)
      if (value === undefined && fallback !== undefined) return fallback
      throw missing(name, 'int')
    },
    image: (name) => {
      const value = values.get(name)
      if (isImage(value)) return value
      throw missing(name, 'Tensor')
    },
    mask: (name) => {
      const value = values.get(name)
      if (isMask(value)) return value
      throw missing(name, 'Tensor')
    },
  }
}

/** How a value is shown in errors: text for plain values, a word for tensors. */
export function describe(value: NodeValue): string {
  return isResource(value) ? `<${value.kind}>` : pythonStr(value)
}

export function isResource(value: NodeValue): value is Resource {
  return typeof value === 'object' && value !== null && 'kind' in value
}

function isImage(value: NodeValue | undefined): value is ImageValue {
  return value !== undefined && isResource(value) && value.kind === 'image'
}

function isMask(value: NodeValue | undefined): value is MaskValue {
  return value !== undefined && isResource(value) && value.kind === 'mask'
}

function missing(name: string, expected: string): PythonError {
  return new PythonError('TypeError', `input '${name}' is no ${expected}`)
}
