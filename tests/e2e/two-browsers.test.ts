import { describe, expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import type { Graph } from '../support/person.ts'
import { setStage } from './stage.ts'
import { tellTwoPeopleStory } from './two-people-story.ts'

/** Reports progress and a preview at every step, as a sampler does. */
const stepping: Graph = {
  '1': { class_type: 'EmptyImage', inputs: { width: 16, height: 16, batch_size: 1, color: 0x8800ff } },
  '2': { class_type: 'PracticeSteps', inputs: { image: ['1', 0], steps: 5, delay_ms: 10 } },
  '3': { class_type: 'SaveImage', inputs: { images: ['2', 0], filename_prefix: 'otter' } },
}

/** Frame type 4, a preview with metadata: the only one that the stock UI draws. */
const isPreview = (frame: string) => frame.startsWith('\0\0\0\x04')
const isProgress = (frame: string) => frame.includes('"progress_state"')

describe('in two browsers before the practice ComfyUI,', () => {
  const people = tellTwoPeopleStory(() =>
    setStage({ config: (config) => ({ ...config, nodes: { ...config.nodes, admit: ['PracticeSteps'] } }) }),
  )
  let bobsJob = ''

  it('while a job of alice runs, her queue counts it and his does not', async () => {
    const { stage, alice, bob } = people()
    alice.record.forget()
    bob.record.forget()
    await alice.ui.opensGraph('quartz steps', stepping)
    stage.world.practice.hold()
    await alice.ui.runs()
    await alice.ui.countsActive(1)
    await bob.ui.countsActive(0)
    await alice.keepsPicture('12-running-alice')
    await bob.keepsPicture('13-running-bob')
  })

  it('his own waits behind it, and each counts one', async () => {
    const { stage, alice, bob } = people()
    await bob.ui.opensGraph('basalt again', savedPicture('heron', 7))
    bobsJob = await bob.ui.runs()
    await bob.ui.countsActive(1)
    await alice.ui.countsActive(1)
    stage.world.practice.release()
    await bob.record.hears((frame) => frame.includes('"execution_success"') && frame.includes(bobsJob))
    await alice.ui.countsActive(0)
    await bob.ui.countsActive(0)
  })

  it('she hears progress and previews of her job, and he hears neither', () => {
    const { alice, bob } = people()
    expect(alice.record.frames.filter(isPreview).length).toBeGreaterThan(0)
    expect(alice.record.frames.filter(isProgress).length).toBeGreaterThan(0)
    expect(bob.record.frames.filter(isPreview)).toEqual([])
    expect(bob.record.frames.filter((frame) => isProgress(frame) && !frame.includes(bobsJob))).toEqual([])
  })
})
