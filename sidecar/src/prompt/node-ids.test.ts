import { expect, it } from 'vitest'
import { toOwnNodeId, toUpstreamNodeId } from './node-ids.ts'

it.each([['5'], ['5:2'], ['5.0.0.1'], ['my node'], ['k3f-1']])(
  'the own id %s survives the way through ComfyUI',
  (id) => {
    expect(toOwnNodeId('k3f-', toUpstreamNodeId('k3f-', id))).toBe(id)
  },
)

it.each([['5'], ['k3g-5'], ['xk3f-5'], ['k3f-'], ['']])('%j is nobody\u2019s own node', (id) => {
  expect(toOwnNodeId('k3f-', id)).toBeUndefined()
})

it('an empty prefix owns nothing', () => {
  expect(toOwnNodeId('', '5')).toBeUndefined()
})
