import { expect, it } from 'vitest'
import { type Prompt, parseLossless, withValues } from './published-client.ts'

const text = '{"1":{"class_type":"KSampler","inputs":{"seed":18446744073709551615,"steps":20,"model":["2",0]}}}'

it('keeps every digit of a number on its way through the page', () => {
  expect(JSON.stringify(parseLossless(text))).toBe(text)
})

it('puts values into open inputs, and changes nothing else', () => {
  const prompt = parseLossless(text) as Prompt
  const filled = withValues(prompt, [{ node: '1', input: 'steps', value: 4 }])
  expect(JSON.stringify(filled)).toBe(text.replace('20', '4'))
  expect(JSON.stringify(prompt)).toBe(text)
})
