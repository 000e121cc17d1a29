import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import { parseRecord, until } from '../support/person.ts'
import { cannotTell, findsNothingOf, unheardOfId } from '../support/verdicts.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
// What one leaves held, where it fails, is not the fault of the next.
afterEach(() => world.practice.release())
afterAll(() => world[Symbol.asyncDispose]())

const listings = [
  '/history',
  '/queue',
  '/prompt',
  '/jobs',
  '/jobs?status=completed,failed,cancelled',
  '/history?max_items=100',
  '/history?max_items=5&offset=0',
]

describe('a finished prompt belongs to the tenant that queued it', () => {
  it('is found by its owner and by those of the same tenant', async () => {
    const cat = await world.alice.queues(savedPicture('cat'))
    const entry = await cat.finishes()
    expect(entry.outputs).toMatchObject({
      '2': { images: [{ filename: 'cat_00001_.png', subfolder: '', type: 'output' }] },
    })
    for (const person of [world.alice, world.ann]) {
      expect(Object.keys(await person.json(`/history/${cat.id}`))).toEqual([cat.id])
      expect(Object.keys(await person.json('/history'))).toContain(cat.id)
      expect((await person.json(`/api/jobs/${cat.id}`)).status).toBe('completed')
    }
  })

  it('cannot be told from a prompt that never was by anybody else', async () => {
    const cat = await world.alice.queues(savedPicture('secret-cat'))
    await cat.finishes()
    for (const path of ['/history/{id}', '/jobs/{id}'])
      await cannotTell(world, world.bob, { path }, cat.id, unheardOfId())
    await findsNothingOf(world.bob, [cat.id, 'secret-cat', world.alice.folderKey], listings)
  })

  it('is forgotten by its owner only', async () => {
    const cat = await world.alice.queues(savedPicture('kept'))
    await cat.finishes()
    await world.bob.post('/history', { delete: [cat.id] })
    await world.bob.post('/api/history', { clear: true })
    expect(await world.alice.json(`/history/${cat.id}`)).toHaveProperty(cat.id)
    await world.alice.post('/history', { delete: [cat.id] })
    expect(await world.alice.json(`/history/${cat.id}`)).toEqual({})
  })

  it('keeps the key, the salt and the ids of the tenant out of every answer', async () => {
    const cat = await world.alice.queues(savedPicture('clean'))
    await cat.finishes()
    await findsNothingOf(
      world.alice,
      [world.alice.folderKey, '_gatehouse'],
      [...listings, `/history/${cat.id}`, `/jobs/${cat.id}`],
    )
  })
})

describe('a waiting or running prompt belongs to the tenant that queued it', () => {
  it('is seen, counted, taken out and stopped by nobody else', async () => {
    world.practice.hold()
    const running = await world.alice.queues(savedPicture('running'))
    const waiting = await world.alice.queues(savedPicture('waiting'))
    await until(async () => ((await world.alice.json('/queue')).queue_running as unknown[])[0])

    expect(await world.bob.json('/prompt')).toEqual({ exec_info: { queue_remaining: 0 } })
    await findsNothingOf(world.bob, [running.id, waiting.id], listings)
    for (const id of [running.id, waiting.id]) {
      await cannotTell(world, world.bob, { path: '/jobs/{id}' }, id, unheardOfId())
      await cannotTell(world, world.bob, { method: 'POST', path: '/jobs/{id}/cancel' }, id, unheardOfId())
      await cannotTell(
        world,
        world.bob,
        { method: 'POST', path: '/jobs/cancel', body: '{"job_ids":["{id}"]}' },
        id,
        unheardOfId(),
      )
      await cannotTell(
        world,
        world.bob,
        { method: 'POST', path: '/queue', body: '{"delete":["{id}"]}' },
        id,
        unheardOfId(),
      )
      await cannotTell(
        world,
        world.bob,
        { method: 'POST', path: '/interrupt', body: '{"prompt_id":"{id}"}' },
        id,
        unheardOfId(),
      )
    }
    for (const body of ['', '{}', '{"prompt_id":""}', 'nonsense'])
      await world.bob.fetch('/interrupt', { method: 'POST', body })
    await world.bob.post('/queue', { clear: true })
    await world.bob.post('/free', { unload_models: true, free_memory: true })

    expect(await world.alice.json('/prompt')).toEqual({ exec_info: { queue_remaining: 2 } })
    world.practice.release()
    expect(parseRecord((await running.finishes()).status).status_str).toBe('success')
    expect(parseRecord((await waiting.finishes()).status).status_str).toBe('success')
  })

  it('is taken out and stopped by its owner', async () => {
    world.practice.hold()
    const running = await world.alice.queues(savedPicture('stopped'))
    const waiting = await world.alice.queues(savedPicture('taken-out'))
    await until(async () => ((await world.alice.json('/queue')).queue_running as unknown[])[0])
    await world.alice.post('/queue', { delete: [waiting.id] })
    await world.alice.fetch('/interrupt', { method: 'POST' })
    world.practice.release()
    await until(async () =>
      (await world.alice.json(`/api/jobs/${running.id}`)).status === 'cancelled' ? true : undefined,
    )
    expect(await world.alice.json('/prompt')).toEqual({ exec_info: { queue_remaining: 0 } })
  })

  it('keeps the order that others chose for themselves', async () => {
    // Nobody has run anything here, so that turns are those of the order in which people came.
    await using fresh = await createWorld()
    fresh.practice.hold()
    const running = await fresh.olga.queues(savedPicture('runs'))
    const first = await fresh.alice.queues(savedPicture('first'))
    const greedy = await fresh.bob.queues(savedPicture('greedy'), { front: true, number: -1e9 })
    fresh.practice.release()
    await running.finishes()
    await first.finishes()
    await greedy.finishes()
    const started = async (person: World['alice'], id: string) =>
      Number((await person.json(`/api/jobs/${id}`)).execution_start_time)
    expect(await started(fresh.alice, first.id)).toBeLessThanOrEqual(await started(fresh.bob, greedy.id))
  })
})

describe('the id of a prompt', () => {
  it('cannot be taken from somebody else', async () => {
    const id = unheardOfId()
    const mine = await world.alice.queues(savedPicture('mine'), { prompt_id: id })
    expect(mine.id).toBe(id)
    const entry = await mine.finishes()
    const theirs = await world.bob.queues(savedPicture('theirs'), { prompt_id: id })
    expect(theirs.id).not.toBe(id)
    await theirs.finishes()
    expect((await world.alice.json(`/history/${id}`))[id]).toEqual(entry)
  })
})
