/** Does everything of ours that a person sees work in every generation of the stock UI? */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import { createStockUi } from '../support/stock-ui.ts'
import { type Stage, setStage, type Tab } from './stage.ts'
import { tellsOfTheWorker } from './worker-story.ts'

describe.each(['1.27.10', '1.49.6', '1.58.1'])('in frontend %s', (frontend) => {
  let stage: Stage
  let tab: Tab
  beforeAll(async () => {
    stage = await setStage({ frontend })
    tab = await (await stage.opensWindow()).opensTab()
    await tab.signsIn('alice')
  })
  afterAll(() => stage?.[Symbol.asyncDispose]())

  it('the Account tab says who is signed in and where the own jobs stand', async () => {
    const { page } = tab
    // The default graph names models that are not here; 1.27 says so in a dialog.
    await page.keyboard.press('Escape')
    await page.locator('.p-dialog-mask').waitFor({ state: 'detached' })
    const button = page.getByRole('button', { name: 'Signed in as alice' })
    await button.click()
    const panel = page.getByRole('region', { name: 'Account' })
    await panel.getByRole('heading', { name: 'alice' }).waitFor()
    await panel.getByText('Role: user, workspace: acme').waitFor()
    await panel.getByText('No jobs in the queue.').waitFor()

    stage.world.practice.hold()
    // Olga's runs, bob's comes next, and alice's wait behind it.
    const jobs = [
      await stage.world.olga.queues(savedPicture('tern')),
      await stage.world.bob.queues(savedPicture('heron')),
    ]
    for (const color of [7, 8]) jobs.push(await stage.world.alice.queues(savedPicture('otter', color)))
    await panel.getByText('2 jobs waiting; 1 job before the first.').waitFor()
    await button.getByText('2', { exact: true }).waitFor()
    await tab.keepsPicture(`40-account-${frontend}`)
    stage.world.practice.release()
    for (const job of jobs) await job.finishes()
    await panel.getByText('No jobs in the queue.').waitFor()
    expect(tab.record.complaints).toEqual([])
    if (tab.record.errors.length > 0) expect(tab.record.errors).toEqual(await errorsWithoutGatehouse())
  })

  it('a notice says that the worker failed as long as it does, and then that it works again', async () => {
    await tellsOfTheWorker(stage, tab, `41-worker-${frontend}`)
  })

  /** What the frontend throws by itself (1.27.10 does, once) is not ours to mend. */
  async function errorsWithoutGatehouse(): Promise<readonly string[]> {
    const page = await stage.browser.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(stage.world.practice.url)
    await createStockUi(page).isReady()
    await page.close()
    return errors
  }
})
