/** What must one person, and then another in the same browser, see of the stock UI? The story that every ComfyUI must tell. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copiedPicture, savedPicture } from '../support/graphs.ts'
import { becomesTrue } from '../support/stock-ui.ts'
import { readRemains } from './browser-remains.ts'
import { faultsOf } from './own-faults.ts'
import { solidPng } from './solid-png.ts'
import { fillLogin, type Stage, type Tab, type Window } from './stage.ts'

const amber = 0xff8800
const teal = 0x0088aa

/** Words of alice's that nobody else may find anywhere. */
const ofAlice = ['otter', 'quartz', 'alice'] as const

export function tellMainStory(open: () => Promise<Stage>): void {
  let stage: Stage
  let window: Window
  let tab: Tab
  beforeAll(async () => {
    stage = await open()
    window = await stage.opensWindow()
    tab = await window.opensTab()
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
  })

  describe('alice', () => {
    it('is led to the login page, and from there to a UI in which nothing fails', async () => {
      await tab.page.goto(stage.world.address)
      expect(new URL(tab.page.url()).pathname).toBe('/login')
      await tab.keepsPicture('01-login')
      await fillLogin(tab.page, 'alice')
      await tab.ui.isReady()
      expect(new URL(tab.page.url()).pathname).toBe('/')
      await tab.keepsPicture('02-ready')
    })

    it('runs a graph and sees both pictures on their nodes', async () => {
      await tab.ui.opensGraph('quartz', savedPicture('otter', amber))
      await tab.ui.runs()
      expect(await tab.ui.showsPictures(2)).toEqual([amber, amber])
      await tab.keepsPicture('03-ran')
    })

    it('finds the job in the queue panel and its pictures among the assets', async () => {
      await tab.ui.opensQueue()
      await tab.ui.listsJob('otter_00001_.png')
      await tab.ui.listsPicture('otter_00001_')
      await tab.keepsPicture('04-queue-and-assets')
    })

    it('saves the workflow and finds it again after a reload', async () => {
      expect(await tab.ui.savesAs('quartz otter')).toBe(200)
      await tab.page.reload()
      await tab.ui.isReady()
      await tab.ui.listsWorkflow('quartz otter')
      await becomesTrue(tab.page, 'window.app.extensionManager.workflow.activeWorkflow.filename === "quartz otter"')
      expect((await tab.ui.readsGraph())['2']?.inputs.filename_prefix).toBe('otter')
      await tab.keepsPicture('05-reopened')
    })

    it('uploads a picture into LoadImage and runs with it', async () => {
      await tab.ui.opensGraph('copy', copiedPicture('', 'otter-copy'))
      expect(await tab.ui.uploads({ name: 'otter upload.png', bytes: solidPng(8, amber) })).toBe(200)
      await tab.ui.showsPictures(1)
      expect(await tab.ui.readsImageChoices()).toContain('otter upload.png')
      await tab.ui.runs()
      expect(await tab.ui.showsPictures(2)).toEqual([amber, amber])
      await tab.keepsPicture('06-uploaded')
    })

    it('leaves behind no error of the page and no refused request', async () => {
      expect(await faultsOf(tab)).toEqual([])
    })
  })

  describe('bob in the same browser', () => {
    it('finds the login page after alice opened the address that signs out', async () => {
      expect(await readRemains(tab.page)).toContain('otter')
      await tab.page.goto(`${stage.world.address}/auth_login.html?logout=true`)
      await tab.page.getByText('You are signed out.').waitFor()
      await tab.keepsPicture('07-signed-out')
      const remains = await readRemains(tab.page)
      for (const word of ofAlice) expect(remains).not.toContain(word)
    })

    it('finds nothing of alice in storage, tabs, queue, assets, workflows or image choices', async () => {
      tab.record.forget()
      await fillLogin(tab.page, 'bob')
      await tab.ui.isReady()
      await tab.ui.opensGraph('heron', copiedPicture('', 'heron-copy'))
      expect(await tab.ui.readsImageChoices()).toEqual([])
      expect((await tab.ui.readsTabs()).join()).not.toMatch(/quartz|copy\.json/)
      await tab.ui.opensGraph('heron plan', savedPicture('heron', teal))
      await tab.ui.runs()
      expect(await tab.ui.showsPictures(2)).toEqual([teal, teal])
      await tab.ui.opensQueue()
      // His own job is the sentinel: what could be listed besides it is listed by now.
      await tab.ui.listsJob('heron_00001_.png')
      await tab.ui.listsPicture('heron_00001_')
      await tab.keepsPicture('08-bob')
      await tab.ui.savesAs('heron nest')
      await tab.ui.listsWorkflow('heron nest')
      await tab.keepsPicture('09-bob-workflows')
      const seen = [
        (await tab.page.locator('body').textContent()) ?? '',
        await readRemains(tab.page),
        ...tab.record.frames,
      ]
      for (const word of ofAlice) for (const text of seen) expect(text).not.toContain(word)
    })

    it('gets nothing of hers by its address, not even from the cache that his browser filled for her', async () => {
      for (const path of [
        '/api/view?filename=otter_00001_.png&subfolder=&type=output',
        '/api/userdata/workflows%2Fquartz%20otter.json',
      ]) {
        for (const cache of ['default', 'force-cache', 'only-if-cached']) {
          const status = `fetch(${JSON.stringify(path)}, { cache: '${cache}', mode: 'same-origin' }).then((answer) => answer.status, () => 'nothing')`
          expect([404, 'nothing']).toContain(await tab.page.evaluate(status))
        }
      }
      const errors = (await faultsOf(tab)).filter((fault) => tab.record.errors.includes(fault))
      expect(errors).toEqual([])
    })
  })
}
