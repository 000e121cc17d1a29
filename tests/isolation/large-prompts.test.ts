/** Does a prompt of megabytes come through whole, and one that would take half a gigabyte of memory not at all? */
import { expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import { createWorld } from '../support/world.ts'

/** Written and read in pieces: the queue, the history and the job tell of it as of any other. */
it('keeps a workflow of megabytes as it was sent, for its owner alone', async () => {
  await using world = await createWorld()
  const nodes = Array.from({ length: 8_000 }, (_, id) => ({ id, pos: [id + 0.5, 3.25], text: `node \u{1f600} ${id}` }))
  const workflow = { id: 'large', nodes, notes: 'word '.repeat(300_000) }
  const job = await world.alice.queues(savedPicture('large'), { extra_data: { extra_pnginfo: { workflow } } })
  await job.finishes()
  const entry = await world.alice.json(`/history/${job.id}`)
  const told = await world.alice.json(`/api/jobs/${job.id}`)
  const sent = { extra_pnginfo: { workflow } }
  expect(entry[job.id]).toMatchObject({ prompt: [0, job.id, savedPicture('large'), sent, ['2', '3']] })
  expect(told.workflow).toMatchObject({ prompt: savedPicture('large'), extra_data: sent })
  expect(await world.bob.json(`/history/${job.id}`)).toEqual({})
})

it.each([
  ['numbers that are kept as text', `[${'1.50,'.repeat(2_100_000)}0]`],
  ['empty lists', `[[${'[],'.repeat(900_000)}0],[${'[],'.repeat(900_000)}0],[${'[],'.repeat(900_000)}0]]`],
  ['entries of one list', `[${'0,'.repeat(1_100_000)}0]`],
  ['members of one object', `{${Array.from({ length: 210_000 }, (_, at) => `"${at}":0`).join(',')}}`],
])('refuses too many %s in a sentence', async (_what, nested) => {
  await using world = await createWorld()
  const body = `{"prompt":${JSON.stringify(savedPicture('p'))},"extra_data":{"extra_pnginfo":{"workflow":{"a":${nested}}}}}`
  const headers = { 'content-type': 'application/json' }
  const answers = await Promise.all([
    world.alice.fetch('/prompt', { method: 'POST', body, headers }),
    world.bob.fetch('/queue'),
  ])
  expect(answers.map(({ status }) => status)).toEqual([413, 200])
  expect(await answers[0].text()).toContain('holds more values than are read at once')
  expect(world.practice.requests.filter(({ method }) => method === 'POST')).toEqual([])
})
