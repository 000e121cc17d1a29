/** Does a person see in the stock UI where their jobs stand, and why one was refused? */
import { expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import { until } from '../support/person.ts'
import { setStage } from './stage.ts'

it('shows place and estimate beside the graph, and the sentence of a refusal', { timeout: 180_000 }, async () => {
  await using stage = await setStage({
    config: (config) => ({ ...config, limits: { ...config.limits, prompts_per_minute: 1, prompt_burst: 1 } }),
  })
  const { world } = stage
  await (await world.bob.queues(savedPicture('typical'))).finishes()
  await using window = await stage.opensWindow()
  const tab = await window.opensTab()
  await tab.signsIn('alice')
  world.practice.hold()
  await world.bob.queues(savedPicture('runs'))
  await until(async () => ((await world.bob.json('/queue')).queue_running as unknown[])[0])
  await tab.page.keyboard.press('Escape')
  await tab.page.getByRole('button', { name: 'Signed in as alice' }).click()
  const status = tab.page.getByRole('region', { name: 'Account' }).getByRole('status')
  await expect.poll(() => status.textContent()).toBe('No jobs in the queue.')
  await world.bob.queues(savedPicture('before'))
  const own = await world.alice.queues(savedPicture('waits'))
  const [{ ahead = -1 } = {}] = (await world.alice.json('/gatehouse/api/v1/queue')).jobs as { ahead: number }[]
  const place = ahead === 0 ? 'the first is next, in' : `${ahead} job before the first, which starts in`
  await expect.poll(() => status.textContent()).toBe(`1 job waiting; ${place} about 5 seconds.`)
  await tab.keepsPicture('queue-position')
  const message = await tab.page.evaluate(queueTwice)
  expect(message).toMatch(
    /You may queue 1 prompt per minute, and 1 at once\. This one was not queued; try again in \d+ seconds\./,
  )
  await tab.keepsPicture('queue-refused')
  world.practice.release()
  await own.finishes()
  await expect.poll(() => status.textContent()).toMatch(/^No jobs in the queue\.$|running/)
})

/** Presses Run twice, and reads what the page shows then. */
const queueTwice = `(async () => {
  const app = window.comfyAPI.app.app
  await app.queuePrompt(0, 1)
  await app.queuePrompt(0, 1)
  await new Promise((resolve) => {
    const look = () => (document.body.innerText.includes('was not queued') ? resolve() : requestAnimationFrame(look))
    look()
  })
  return document.body.innerText
})()`
