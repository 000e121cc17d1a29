/** Is a person who has no jobs left alone while the worker fails that others wait for? */
import { workerEvent } from '@gatehouse/shared/page-binding'
import { expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import { setStage } from './stage.ts'
import { tellsOfTheWorker } from './worker-story.ts'

it('a worker that stops is told to those whose jobs wait, and to nobody else', { timeout: 180_000 }, async () => {
  await using stage = await setStage({ picturesIn: 'worker' })
  const opens = async (who: 'alice' | 'bob') => {
    const tab = await (await stage.opensWindow()).opensTab()
    await tab.signsIn(who)
    return tab
  }
  const his = await opens('bob')
  const hers = await opens('alice')
  await tellsOfTheWorker(stage, hers, '1.49.6')
  expect(hers.record.errors).toEqual([])
  // What bob's page hears of a job of his own comes after anything it could have heard of hers.
  const own = await stage.world.bob.queues(savedPicture('own'))
  await own.finishes()
  await his.record.hears((frame) => /"(?:pending|running)": ?1/.test(frame))
  await his.keepsPicture('somebody-else')
  expect(his.record.frames.filter((frame) => frame.includes(workerEvent))).toEqual([])
})
