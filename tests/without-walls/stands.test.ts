/** Does this world stand at all? Without walls somebody can still bring a file, run a job and hear of it. */
import { expect, it } from 'vitest'
import { onePixel, savedPicture } from '../support/graphs.ts'
import { until } from '../support/person.ts'
import { createWorld } from '../support/world.ts'

it('a world in which somebody works', { timeout: 60_000 }, async () => {
  await using world = await createWorld()
  using socket = await world.alice.listens('stands')
  expect((await world.alice.uploads('own.png', onePixel)).status).toBe(200)
  await world.alice.queues(savedPicture('stands'), { client_id: 'stands' })
  await socket.hears(({ type }) => type === 'execution_success')
  // The list, which has it whatever a row passes on.
  const lists = async () => (await (await world.alice.fetch('/history')).text()).includes('stands_00001_')
  await until(async () => ((await lists()) ? true : undefined))
})
