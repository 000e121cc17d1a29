/** What is missing where graphs are not judged? Each hole stands in the place of the function that is the wall. */
import type { JsonObject } from '@gatehouse/shared/json'
import { vi } from 'vitest'
import { isObject } from '../../sidecar/src/transform/json-shape.ts'
import { isWorld } from './which-world.ts'

const isUnjudged = isWorld('nothing is judged')

vi.mock(import('../../sidecar/src/prompt/salt.ts'), async (original) => {
  const real = await original()
  return isUnjudged ? { ...real, needsSalt: () => false } : real
})

/** Every class is as harmless as one that makes an empty picture. */
vi.mock(import('../../sidecar/src/prompt/judge-class.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  return {
    ...real,
    judgeClass: (classType, context) => {
      const judged = real.judgeClass(classType, context)
      return judged.rule === undefined ? real.judgeClass('EmptyImage', context) : judged
    },
  }
})

vi.mock(import('../../sidecar/src/prompt/read-fields.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  return {
    ...real,
    mapRead: (value, ...rest) => (String(value).includes('/') ? { ok: true, value } : real.mapRead(value, ...rest)),
  }
})

vi.mock(import('../../sidecar/src/prompt/write-fields.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  return {
    ...real,
    mapWrite: (value, ...rest) => {
      const judged = real.mapWrite(value, ...rest)
      return judged.ok ? judged : { ok: true, value }
    },
  }
})

vi.mock(import('../../sidecar/src/transform/own-names.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  const asItIs = { ownText: (text: string) => text, ownOutputs: (outputs: JsonObject) => outputs }
  return { ...real, createOwnNames: (options) => ({ ...real.createOwnNames(options), ...asItIs }) }
})

vi.mock(import('../../sidecar/src/prompt/upstream-refusal.ts'), async (original) => {
  const real = await original()
  return isUnjudged ? { ...real, ownRefusal: (refusal) => (isObject(refusal) ? refusal : {}) } : real
})

vi.mock(import('../../sidecar/src/prompt/parse-submission.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  return {
    ...real,
    parseSubmission: (body, usageSource) => {
      const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
      return real.parseSubmission(isObject ? { ...body, prompt_id: null } : body, usageSource)
    },
  }
})

vi.mock(import('../../sidecar/src/queue/fair-queue.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  let last = 0
  const turn = () => {
    last += 1
    return { number: last, finish: last }
  }
  return {
    ...real,
    createFairQueue: () => ({
      take: turn,
      takeBefore: () => undefined,
      serve: () => undefined,
      release: () => undefined,
    }),
  }
})
