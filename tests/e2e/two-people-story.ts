/** What must two people see of each other who work at the same time? The story that every ComfyUI must tell. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import { faultsOf } from './own-faults.ts'
import type { Stage, Tab } from './stage.ts'

const amber = 0xff8800
const teal = 0x0088aa

/** All that this story needs of a stage. */
export type WithWindows = Pick<Stage, 'opensWindow'> & AsyncDisposable

export interface TwoPeople<Own extends WithWindows> {
  readonly stage: Own
  readonly alice: Tab
  readonly bob: Tab
}

/** Both graphs have the same node ids, so that a foreign event would be drawn on a node of one's own. */
export function tellTwoPeopleStory<Own extends WithWindows>(open: () => Promise<Own>): () => TwoPeople<Own> {
  let stage: Own
  let alice: Tab
  let bob: Tab
  beforeAll(async () => {
    stage = await open()
    alice = await (await stage.opensWindow()).opensTab()
    bob = await (await stage.opensWindow()).opensTab()
    await alice.signsIn('alice')
    await bob.signsIn('bob')
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
  })

  it('two people run at the same time, and each sees the own pictures on nodes of the same ids', async () => {
    await alice.ui.opensGraph('quartz', savedPicture('otter', amber))
    await bob.ui.opensGraph('basalt', savedPicture('heron', teal))
    const [aliceJob, bobJob] = await Promise.all([alice.ui.runs(), bob.ui.runs()])
    expect(await alice.ui.showsPictures(2)).toEqual([amber, amber])
    expect(await bob.ui.showsPictures(2)).toEqual([teal, teal])
    await alice.keepsPicture('10-two-alice')
    await bob.keepsPicture('11-two-bob')

    for (const [tab, own, foreign] of [
      [alice, [aliceJob, 'otter_00001_'], [bobJob, 'heron']],
      [bob, [bobJob, 'heron_00001_'], [aliceJob, 'otter']],
    ] as const) {
      // A later job of one's own is the sentinel: every frame about the other one's has arrived by its end.
      const sentinel = await tab.ui.runs()
      await tab.record.hears((frame) => frame.includes('"execution_success"') && frame.includes(sentinel))
      const heard = tab.record.frames.join('\n')
      for (const word of own) expect(heard).toContain(word)
      for (const word of foreign) expect(heard).not.toContain(word)
    }
  })

  it('and each lists the own jobs only', async () => {
    await alice.ui.opensQueue()
    await bob.ui.opensQueue()
    await alice.ui.listsJob('otter_00001_.png')
    await bob.ui.listsJob('heron_00001_.png')
    expect(await alice.ui.readsQueue()).not.toContain('heron')
    expect(await bob.ui.readsQueue()).not.toContain('otter')
    for (const tab of [alice, bob]) expect(await faultsOf(tab)).toEqual([])
  })
  return () => ({ stage, alice, bob })
}
