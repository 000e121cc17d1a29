import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStore } from '../../sidecar/src/store/sql/create-store.ts'
import { openDatabase } from '../../sidecar/src/store/sql/open-database.ts'
import { until } from '../support/person.ts'
import { findRealComfyui, noRealComfyui, type RealComfyui, startRealComfyui } from '../support/real-comfyui.ts'
import { enrol } from '../support/world.ts'
import { setStageAt } from './stage.ts'
import { tellTwoPeopleStory } from './two-people-story.ts'

const place = findRealComfyui()
if (place === undefined) console.warn(`\n${noRealComfyui}\n`)

/** What `pnpm build` makes and an admin drops into `custom_nodes`. */
const pack = join(import.meta.dirname, '..', '..', 'dist', 'comfyui-gatehouse')

describe.skipIf(place === undefined)('with the pack dropped into custom_nodes and nothing else,', () => {
  let comfyui: RealComfyui
  beforeAll(async () => {
    comfyui = await startRealComfyui({ customNodes: [pack] })
    await until(async () => ((await fetch(`${comfyui.url}/ready`)).ok ? true : undefined), 120_000)
    const database = await openDatabase(join(comfyui.baseDirectory, 'user', '__gatehouse'))
    await enrol(createStore({ db: database.db }), comfyui.url)
    await database.close()
  }, 240_000)
  afterAll(() => comfyui?.close())

  const people = tellTwoPeopleStory(() => setStageAt(comfyui.url, 'pack'))

  it('the account tab is there once, and says who is signed in', async () => {
    const { alice } = people()
    await alice.ui.opensPanel('Signed in as')
    await alice.page.getByText('Role: user, workspace: acme').waitFor()
    expect(await alice.page.getByRole('button', { name: /^Signed in as/ }).count()).toBeLessThanOrEqual(1)
    await alice.keepsPicture('14-account')
  })
})
