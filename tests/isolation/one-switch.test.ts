/** Is `tenancy.mode` one switch? On, off and on again, each mode finds its own data as it left it, and none of the other's. */
import { expect, it } from 'vitest'
import type { Config } from '../../sidecar/src/config/config.ts'
import { savedPicture } from '../support/graphs.ts'
import { type Person, until } from '../support/person.ts'
import { createWorld, personWithKey, type World } from '../support/world.ts'

const setting = '/settings/Comfy.ColorPalette'

/** What somebody keeps, and every place where it would be seen. */
const places = ['/history', '/queue', '/userdata?dir=workflows', setting, '/object_info/LoadImage', '/api/jobs']

async function leaves(person: Person, word: string): Promise<void> {
  await person.uploads(`${word}-input.png`, Buffer.from(word))
  await person.post(`/userdata/workflows%2F${word}-workflow.json`, { nodes: [word] })
  await person.post(setting, `${word}-setting`)
  await (await person.queues(savedPicture(`${word}-output`))).finishes()
}

async function sees(person: Person): Promise<string> {
  const listed = await Promise.all(places.map(async (path) => (await person.fetch(path)).text()))
  const input = (word: string) => person.fetch(`/view?filename=${word}-input.png&type=input`)
  const output = (word: string) => person.fetch(`/view?filename=${word}-output_00001_.png&type=output`)
  const files = await Promise.all(
    ['apart', 'common'].flatMap((word) => [
      input(word).then(({ status }) => `${word}-input ${status}`),
      output(word).then(({ status }) => `${word}-output ${status}`),
    ]),
  )
  return [...listed, ...files].join('\n')
}

const wordsIn = (seen: string) =>
  ['apart-output_', 'apart-workflow', 'apart-setting', 'apart-input 200', 'apart-output 200']
    .flatMap((word) => [word, word.replace('apart', 'common')])
    .filter((word) => seen.includes(word))
    .sort()
const allOf = (name: string) =>
  [`${name}-input 200`, `${name}-output 200`, `${name}-output_`, `${name}-setting`, `${name}-workflow`].sort()

async function switched(): Promise<{
  readonly world: World
  readonly to: (mode: Config['tenancy']['mode']) => Promise<void>
}> {
  let mode: Config['tenancy']['mode'] = 'separate'
  const world = await createWorld({ config: (config) => ({ ...config, tenancy: { ...config.tenancy, mode } }) })
  const to = async (wanted: typeof mode): Promise<void> => {
    mode = wanted
    await world.restartSidecar()
  }
  return { world, to }
}

it('keeps files, workflows, history and settings of both modes apart, whichever way it is turned', async () => {
  const { world, to } = await switched()
  await using _ = world
  const { alice, ann, bob, mallory } = world
  await leaves(alice, 'apart')
  expect(wordsIn(await sees(alice))).toEqual(allOf('apart'))
  expect(wordsIn(await sees(bob))).toEqual([])

  await to('shared')
  for (const person of [alice, ann, bob]) expect(wordsIn(await sees(person)), person.name).toEqual([])
  await leaves(bob, 'common')
  const settingOnly = (name: string) => allOf(name).filter((word) => word !== `${name}-setting`)
  expect(wordsIn(await sees(bob))).toEqual(allOf('common'))
  for (const person of [alice, ann]) expect(wordsIn(await sees(person)), person.name).toEqual(settingOnly('common'))
  expect((await mallory.fetch('/history')).status).toBe(401)

  await to('separate')
  expect(wordsIn(await sees(alice))).toEqual(allOf('apart'))
  expect(wordsIn(await sees(ann))).toEqual(settingOnly('apart'))
  expect(wordsIn(await sees(bob))).toEqual([])

  await to('shared')
  expect(wordsIn(await sees(bob))).toEqual(allOf('common'))
  expect(wordsIn(await sees(alice))).toEqual(settingOnly('common'))
})

it("leaves the other mode's jobs to their owner: nobody sees, stops or clears them, and they run to their end", async () => {
  const { world, to } = await switched()
  await using _ = world
  const { alice, bob, practice } = world
  practice.hold()
  const jobs = [await alice.queues(savedPicture('apart-first', 1)), await alice.queues(savedPicture('apart-second', 2))]
  const ids = jobs.map(({ id }) => id)
  const finished = async () => {
    const history = await alice.json('/history')
    return ids.every((id) => id in history) ? history : undefined
  }

  await to('shared')
  for (const person of [alice, bob]) {
    const seen = `${await (await person.fetch('/queue')).text()}${await (await person.fetch('/api/jobs')).text()}`
    for (const id of ids) expect(seen.includes(id), person.name).toBe(false)
    expect((await person.json('/gatehouse/api/v1/queue')).pending, person.name).toBe(0)
    await person.post('/queue', { clear: true })
    await person.post('/queue', { delete: ids })
    await person.post('/interrupt', {})
    for (const id of ids) await person.post('/interrupt', { prompt_id: id })
  }
  practice.release()
  // What the mode that is on now queues comes after them in ComfyUI, and is done.
  await (await bob.queues(savedPicture('common-own', 3))).finishes()
  expect(await finished()).toBeUndefined()

  await to('separate')
  const history = await until(finished)
  for (const id of ids) expect(history[id]).toMatchObject({ status: { status_str: 'success' } })
  expect(Object.keys(await bob.json('/history'))).toEqual([])
})

it('is no tenant that somebody could join by its name', async () => {
  const { world, to } = await switched()
  await using _ = world
  await to('shared')
  await leaves(world.bob, 'common')
  await to('separate')
  for (const name of ['shared', 'everybody']) {
    const member = await world.store.users.add({ name, role: 'user', passwordHash: null, tenantName: name })
    const { address } = world
    const joined = await personWithKey(world.store, { name, address, folderKey: member.tenant.folderKey }, member)
    expect(wordsIn(await sees(joined)), name).toEqual([])
  }
})
