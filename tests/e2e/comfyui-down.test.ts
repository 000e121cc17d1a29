import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import type { Graph } from '../support/person.ts'
import { type Stage, setStage, type Tab, type Window } from './stage.ts'

const amber = 0xff8800

let stage: Stage
let window: Window
let tab: Tab
let second: Tab
let graph: Graph
beforeAll(async () => {
  stage = await setStage()
  window = await stage.opensWindow()
  tab = await window.opensTab()
  await tab.signsIn('alice')
  await tab.ui.opensGraph('quartz', savedPicture('otter', amber))
  graph = await tab.ui.readsGraph()
  await stage.world.practice.stop()
})
afterAll(() => stage?.[Symbol.asyncDispose]())

describe('while ComfyUI is down', () => {
  it('a page that is opened waits', async () => {
    second = await window.opensTab()
    const answer = await second.page.goto(stage.world.address)
    expect(answer?.status()).toBe(503)
    await second.page.getByRole('heading', { name: 'ComfyUI is not ready yet' }).waitFor()
    await second.keepsPicture('30-waiting')
  })

  it('a program gets a 503 in JSON that names the cause', async () => {
    const answers = [
      await stage.world.alice.post('/prompt', { prompt: savedPicture('otter') }),
      await stage.world.alice.fetch('/models'),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(503)
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
      expect(await answer.json()).toMatchObject({ error: { type: 'comfyui_down' }, node_errors: {} })
    }
  })

  it('an open tab keeps its graph and says why it cannot run', async () => {
    await tab.page.getByTestId('queue-button').click()
    await tab.page.getByText('ComfyUI does not answer.').first().waitFor()
    expect(await tab.ui.readsGraph()).toEqual(graph)
    await tab.keepsPicture('31-run-refused')
  })
})

describe('when ComfyUI is back', () => {
  it('the waiting page becomes the stock UI by itself', async () => {
    await stage.world.practice.resume()
    await second.ui.isReady()
    expect(second.record.errors).toEqual([])
  })

  it('the open tab runs its graph as if nothing had happened', async () => {
    expect(await tab.ui.readsGraph()).toEqual(graph)
    await tab.ui.runs()
    expect(await tab.ui.showsPictures(2)).toEqual([amber, amber])
    expect(tab.record.errors).toEqual([])
    await tab.keepsPicture('32-back')
  })
})
