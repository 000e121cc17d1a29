/** Whose disk is looked at when each worker has folders of its own? */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { onePixel, savedPicture } from '../support/graphs.ts'
import { type Person, parseRecord } from '../support/person.ts'
import { createTwoWorkers, type Heard, startPractice, type TwoWorkers } from '../support/two-workers.ts'

const api = '/gatehouse/api/v1'

let workers: TwoWorkers
beforeEach(async () => {
  workers = await createTwoWorkers(startPractice)
})
afterEach(() => workers[Symbol.asyncDispose]())

const foldersOf = (heard: Heard) => ({
  input_dir: join(heard.baseDirectory(), 'input'),
  output_dir: join(heard.baseDirectory(), 'output'),
  temp_dir: join(heard.baseDirectory(), 'temp'),
})

async function deletes(person: Person, root: string, filename: string): Promise<unknown> {
  const answer = await person.fetch(`${api}/files`, {
    method: 'DELETE',
    body: JSON.stringify({ files: [{ root, filename }] }),
    headers: { 'content-type': 'application/json' },
  })
  const { files } = parseRecord(await answer.json())
  return Array.isArray(files) ? parseRecord(files[0]).result : answer.status
}

it('a tenant is measured and tidied up on the worker where it is, and on no other', async () => {
  const { alice, bob } = workers.world
  await workers.restart({ workers: [{ name: 'second', url: workers.second.url, ...foldersOf(workers.second) }] })
  for (const person of [alice, bob]) {
    await person.uploads('cat.png', onePixel)
    await (await person.queues(savedPicture('kept'))).finishes()
  }
  expect(await alice.json(`${api}/usage`)).toMatchObject({
    input: { files: 1, bytes: onePixel.length },
    output: { files: 1 },
    temp: { files: 1 },
  })
  const file = (heard: Heard, person: Person) => join(heard.baseDirectory(), 'input', person.folderKey, 'cat.png')
  expect(existsSync(file(workers.second, alice))).toBe(true)
  expect(await deletes(alice, 'input', 'cat.png')).toBe('deleted')
  expect(existsSync(file(workers.second, alice))).toBe(false)
  expect((await alice.json(`${api}/usage`)).input).toEqual({ files: 0, bytes: 0 })
  // Nobody named the folders of the default worker: those of the other are not taken for them.
  expect((await bob.fetch(`${api}/usage`)).status).toBe(501)
  expect(existsSync(file(workers.first, bob))).toBe(true)
})
