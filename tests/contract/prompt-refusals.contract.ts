/** How is a prompt refused? The sentence, the type and the place of every kind of refusal. */
import { describe, expect, it } from 'vitest'
import { at, postJson } from './client.ts'
import { previewImage } from './graphs.ts'
import { nodeRefusals, wholeRefusals, withImage } from './prompt-refusals.cases.ts'
import type { TargetOf } from './target.ts'

export function promptRefusalsContract(target: TargetOf): void {
  describe('a refused prompt', () => {
    it.each(wholeRefusals)('names %s in error', async (_, body, error) => {
      const answer = await postJson(target(), '/prompt', body)
      expect(answer.status).toBe(400)
      expect(answer.body).toMatchObject({ error, node_errors: {} })
    })

    it.each(nodeRefusals)('names $what at its node', async ({ graph, node, errors }) => {
      const answer = await postJson(target(), '/prompt', { prompt: graph })
      expect(answer.status).toBe(400)
      expect(at(answer.body, 'error')).toMatchObject({
        type: 'prompt_outputs_failed_validation',
        message: 'Prompt outputs failed validation',
        extra_info: {},
      })
      expect(at(answer.body, 'node_errors', node, 'errors')).toMatchObject(errors)
      expect(at(answer.body, 'node_errors', node, 'class_type')).toBe(at(graph, node, 'class_type'))
    })

    it('shows host paths in tracebacks', async () => {
      const answer = await postJson(target(), '/prompt', { prompt: { '2': previewImage('9') } })
      const traceback = at(answer.body, 'node_errors', '2', 'errors', 0, 'extra_info', 'traceback')
      expect(JSON.stringify(traceback)).toMatch(/File \\"\/.*execution\.py/)
    })

    it('is queued all the same when another output is good', async () => {
      const prompt = {
        '1': { class_type: 'PreviewAny', inputs: { source: 'x' } },
        '2': { class_type: 'PreviewImage', inputs: {} },
      }
      const answer = await postJson(target(), '/prompt', { prompt })
      expect(answer.status).toBe(200)
      expect(at(answer.body, 'node_errors')).toMatchObject({
        '2': { dependent_outputs: ['2'], class_type: 'PreviewImage' },
      })
    })

    it('coerces texts, floats and wrapped values first', async () => {
      const prompt = withImage({ width: { __value__: 64 }, height: '64', batch_size: 1.7, color: true })
      const answer = await postJson(target(), '/prompt', { prompt })
      expect([answer.status, at(answer.body, 'node_errors')]).toEqual([200, {}])
    })
  })
}
