import { describe, expect, it } from 'vitest'
import { ownPackEvent } from './pack-event.ts'

const upstreamId = '11111111-1111-4111-8111-111111111111'
const foreignId = '22222222-2222-4222-8222-222222222222'
const unknownId = '33333333-3333-4333-8333-333333333333'
const names = {
  upstreamId,
  publicId: 'mine',
  ownText: (text: string) => text.replaceAll('aaaaaaaaaaaa-', '').replaceAll('k1k1k1k1k1k1k1k1k1k1/', ''),
  isForeignJob: async (id: string) => id === foreignId,
}
const own = (data: Parameters<typeof ownPackEvent>[0]) => ownPackEvent(data, names)

describe('an event of a pack', () => {
  it('is told in own names, keys and all', async () => {
    expect(
      await own({
        prompt_id: upstreamId,
        'aaaaaaaaaaaa-5': [`job ${upstreamId}`, { path: '/srv/comfy/k1k1k1k1k1k1k1k1k1k1/x.png' }],
        other: unknownId,
      }),
    ).toEqual({ prompt_id: 'mine', '5': ['job mine', { path: 'x.png' }], other: unknownId })
  })

  it.each([
    ['is of another prompt', { prompt_id: unknownId }],
    ['has an odd prompt id', { prompt_id: 7 }],
    ['names a job of somebody else', { text: `after ${foreignId}` }],
    ['names one deep inside, in a key', { list: [{ [foreignId]: 1 }] }],
    ["names another's folder", { path: 'output/z9z9z9z9z9z9z9z9z9z9/x.png' }],
    ["names another's folder on the server", { path: '/srv/comfy/output/z9z9z9z9z9z9z9z9z9z9/x.png' }],
    [
      "names another's saved file",
      { images: [{ filename: 'x.png', subfolder: 'z9z9z9z9z9z9z9z9z9z9', type: 'output' }] },
    ],
    ["names another's folder in Windows", { path: 'output\\z9z9z9z9z9z9z9z9z9z9\\x.png' }],
    ["names another's node", { node: 'bbbbbbbbbbbb-5' }],
    [
      'names more jobs than it can know',
      { ids: Array.from({ length: 17 }, (_, index) => unknownId.slice(0, -2) + (10 + index)) },
    ],
  ])('that %s is told to nobody', async (_, data) => {
    expect(await own(data)).toBeUndefined()
  })
})
