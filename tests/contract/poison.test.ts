/** Which accepted prompts take the whole server down? Each on a server of its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { at, eventually, finished, getJson, queuePrompt } from './client.ts'
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

/** A living worker runs a text prompt within a few answers; these many show that none is alive. */
async function staysAbsent(target: Target, id: string): Promise<boolean> {
  for (let asked = 0; asked < 300; asked += 1) {
    if (at(await getJson(target, `/history/${id}`), id) !== undefined) return false
  }
  return true
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
      // Until then it is in the heap itself, and which two are compared first is a matter of luck.
      await eventually(async () =>
        JSON.stringify(at(await getJson(target, '/queue'), 'queue_running')).includes(running),
      )
      const id = crypto.randomUUID()
      // Siblings in the heap are compared when the one above them is taken.
      await queuePrompt(target, textGraph('above'), { number: 1 })
      for (const text of ['one', 'two']) await queuePrompt(target, textGraph(text), { prompt_id: id, number: 5 })
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
      expect(await staysAbsent(target, stuck)).toBe(true)
      expect(at(await getJson(target, '/prompt'), 'exec_info', 'queue_remaining')).toBeGreaterThan(0)
    })
  })

  describe('with a workflow that is no object', () => {
    let target: Target
    beforeAll(async () => {
      target = await start()
    }, startTimeoutMs)
    afterAll(async () => await target.close())

    it('answers the list of jobs with 500 to everybody, where it has one', async ({ skip }) => {
      if ((await fetch(`${target.url}/api/jobs`)).status === 404) skip('this version has no list of jobs')
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
