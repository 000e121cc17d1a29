/** Which cached results may a tenant hear of? Those that no other tenant could have left there. */
import { describe, expect, it } from 'vitest'
import { saltedNodes } from './live-job.ts'

describe('saltedNodes', () => {
  it("names the nodes whose results are the tenant's alone, and no loader that everybody shares", async () => {
    const prompt = {
      'k-1': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'x.safetensors' } },
      'k-2': { class_type: 'EmptyImage', inputs: { width: 8, _gatehouse: 'salt' } },
      'k-3': { class_type: 'CustomCombo', inputs: {} },
      'k-4': { class_type: 'Odd' },
    }
    expect([...(await saltedNodes(JSON.stringify({ prompt })))]).toEqual(['k-2'])
  })

  it.each([undefined, '{}', '{"prompt":[]}'])('names none in %j', async (body) => {
    expect([...(await saltedNodes(body))]).toEqual([])
  })
})
