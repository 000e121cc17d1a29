import { expect, test } from 'vitest'
import { splitMembers } from './split-members.ts'

test.each([
  ['{}', {}],
  [' { } ', {}],
  ['{"a": 1}', { a: '1' }],
  ['{"a" : [1, {"b": "}"}] , "c": {"d": ","}}', { a: '[1, {"b": "}"}]', c: '{"d": ","}' }],
  ['{"quo\\"te": "x\\\\", "b": NaN}', { 'quo"te': '"x\\\\"', b: 'NaN' }],
  ['{"\\u00e9": null}', { '\u00e9': 'null' }],
])('%s has these members', (text, expected) => {
  expect(Object.fromEntries(splitMembers(text) ?? [])).toEqual(expected)
})

test.each(['', '[]', '{', '{"a"}', '{"a": 1', '{"a": 1} x', '{a: 1}', '{"a": 1,}', '"{}"'])(
  '%j is no object',
  (text) => {
    expect(splitMembers(text)).toBeUndefined()
  },
)
