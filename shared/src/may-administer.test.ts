import { expect, it } from 'vitest'
import { mayAdminister } from './may-administer.ts'

it('the way to administration is for those who may see others, and nobody in their place', () => {
  expect(mayAdminister({ permissions: ['admin:users'] })).toBe(true)
  expect(mayAdminister({ permissions: ['users:read'] })).toBe(true)
  expect(mayAdminister({ permissions: ['prompt:run', 'admin:workflows'] })).toBe(false)
  expect(mayAdminister({ permissions: ['admin:users'], impersonator: 'olga' })).toBe(false)
})
