/** Which accepted prompts take the whole server down? Each on a server of its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { at, eventually, finished, getJson, postJson, queuePrompt } from './client.ts'
import { longGraph, textGraph } from './graphs.ts'
import { candidates, type Target } from './target.ts'

const startTimeoutMs = 200_000
const chainLength = 1100

function chain(): Record<string, unknown> {
  const nodes: Record<string, unknown> = { ...textGraph('good') }
  for (let index = 0; index < chainLength; index += 1) {
    nodes[`n${index}`] = { class_type: 'ImageInvert', inputs: { image: [`n${index + 1}`, 0] } }
  }
  nodes[`n${chainLength}`] = { class_type: 'EmptyImage', inputs: { width: 8, height: 8, batch_size: 1, color: 0 } }
  return nodes
}

const poisons: readonly (readonly [string, (target: Target) => Promise<unknown>])[] = [
  [
    'an unreachable node without inputs',
    (target) => queuePrompt(target, { ...textGraph('good'), '9': { class_type: 'LoadImage' } }),
  ],
  ['an unreachable chain too deep for Python', (target) => queuePrompt(target, chain())],
  [
    'two waiting prompts of the same number and id',
    async (target) => {
      const running = await queuePrompt(target, longGraph())
      const id = crypto.randomUUID()
      await queuePrompt(target, textGraph('one'), { prompt_id: id, number: 5 })
      await postJson(target, '/prompt', { prompt: textGraph('two'), prompt_id: id, number: 5 })
      await queuePrompt(target, textGraph('three'), { number: 6 })
      await eventually(async () => {
        await fetch(`${target.url}/interrupt`, { method: 'POST' })
        return at(await getJson(target, `/history/${running}`), running)
      })
    },
  ],
]

describe.each(candidates())('$name', ({ start }) => {
  describe.each(poisons)('after %s', (_, poison) => {
    let target: Target
    beforeAll(async () => {
      target = await start()
    }, startTimeoutMs)
    afterAll(async () => await target.close())

    it('goes on answering and accepting, and runs nothing any more', async () => {
      await finished(target, await queuePrompt(target, textGraph('before')))
      await poison(target)
      const stuck = await queuePrompt(target, textGraph('after'))
      expect(await getJson(target, `/history/${stuck}`)).toEqual({})
      expect(at(await getJson(target, '/prompt'), 'exec_info', 'queue_remaining')).toBeGreaterThan(0)
    })
  })

  describe('with a workflow that is no object', () => {
    let target: Target
    beforeAll(async () => {
      target = await start()
    }, startTimeoutMs)
    afterAll(async () => await target.close())

    it('answers the list of jobs with 500 to everybody', async () => {
      const extra = { extra_pnginfo: { workflow: null } }
      await finished(target, await queuePrompt(target, textGraph('spoils the list'), { extra_data: extra }))
      expect((await fetch(`${target.url}/api/jobs`)).status).toBe(500)
      expect((await fetch(`${target.url}/history`)).status).toBe(200)
    })

    it('ends when a client id is an object', async () => {
      await queuePrompt(target, textGraph('the last'), { client_id: {} })
      const answers = () =>
        fetch(`${target.url}/queue`).then(
          () => true,
          () => false,
        )
      await eventually(async () => !(await answers()))
    })
  })
})
