/** In which order do prompts run, and who can stop, remove or wipe them? */
import { afterEach, describe, expect, it } from 'vitest'
import { at, eventually, finished, getJson, postJson, queueIdle, queuePrompt } from './client.ts'
import { longGraph, textGraph } from './graphs.ts'
import { listen } from './socket.ts'
import type { Target, TargetOf } from './target.ts'

/** A prompt that is seen running; its id. */
async function running(target: Target, clientId?: string): Promise<string> {
  const id = await queuePrompt(target, longGraph(), clientId === undefined ? {} : { client_id: clientId })
  await eventually(async () => at(await getJson(target, '/queue'), 'queue_running', 0, 1) === id)
  return id
}

const pendingIds = async (target: Target) =>
  Object.values(Object(at(await getJson(target, '/queue'), 'queue_pending'))).map((item) => at(item, 1))

export function queueContract(target: TargetOf): void {
  const post = (path: string, body?: unknown) =>
    fetch(target().url + path, { method: 'POST', body: body === undefined ? null : JSON.stringify(body) })

  const emptied = async () => {
    await post('/queue', { clear: true })
    await eventually(async () => {
      await post('/interrupt')
      return at(await getJson(target(), '/prompt'), 'exec_info', 'queue_remaining') === 0
    })
  }

  describe('the queue', () => {
    afterEach(emptied)

    it('shows prompts, client ids and no secrets of everybody', async () => {
      const id = await running(target(), 'visible-client')
      const extra = { api_key_comfy_org: 'secret', auth_token_comfy_org: 'secret' }
      const waiting = await queuePrompt(target(), textGraph('waiting'), { extra_data: extra, number: 7 })
      const queue = await getJson(target(), '/queue')
      expect(at(queue, 'queue_running', 0)).toMatchObject([
        expect.any(Number),
        id,
        {},
        { client_id: 'visible-client' },
        ['3'],
      ])
      expect(at(queue, 'queue_pending')).toEqual([
        [7, waiting, textGraph('waiting'), { create_time: expect.any(Number) }, ['1']],
      ])
    })

    it('is told as jobs, too', async () => {
      const id = await running(target())
      await queuePrompt(target(), textGraph('waiting job'))
      const jobs = await getJson(target(), '/api/jobs?status=pending,in_progress')
      expect(Object.values(Object(at(jobs, 'jobs'))).map((job) => at(job, 'status'))).toEqual([
        'pending',
        'in_progress',
      ])
      await post('/interrupt')
      await finished(target(), id)
      expect(at(await getJson(target(), `/api/jobs/${id}`), 'status')).toBe('cancelled')
    })

    it('runs the lowest number first and lists pending in heap order', async () => {
      await running(target())
      const ids = new Map<number, string>()
      for (const number of [5, 3, 4, 1, 2])
        ids.set(number, await queuePrompt(target(), textGraph(`order ${number}`), { number }))
      const listed = (await pendingIds(target())).map((id) => [...ids].find(([, known]) => known === id)?.[0])
      expect(listed).toEqual([1, 2, 4, 5, 3])
      await post('/interrupt')
      for (const id of ids.values()) await finished(target(), id)
      const history = Object.keys(Object(await getJson(target(), '/history?max_items=5')))
      expect(history).toEqual([1, 2, 3, 4, 5].map((number) => ids.get(number)))
    })

    it('lets front jump the line', async () => {
      await running(target())
      const last = await queuePrompt(target(), textGraph('last'))
      const first = await queuePrompt(target(), textGraph('first'), { front: true })
      expect((await pendingIds(target()))[0]).toBe(first)
      await post('/interrupt')
      await finished(target(), last)
      expect(Object.keys(Object(await getJson(target(), '/history?max_items=2')))).toEqual([first, last])
    })

    it('deletes by id, once for each, whoever asks', async () => {
      await running(target())
      const [kept, removed] = [
        await queuePrompt(target(), textGraph('kept')),
        await queuePrompt(target(), textGraph('removed')),
      ]
      expect((await post('/queue', { delete: [removed, 'unknown'] })).status).toBe(200)
      expect(await pendingIds(target())).toEqual([kept])
    })

    it('is wiped by anybody', async () => {
      await running(target())
      await queuePrompt(target(), textGraph('wiped'))
      await post('/queue', { clear: true })
      expect(await pendingIds(target())).toEqual([])
    })
  })

  describe('stopping', () => {
    afterEach(emptied)

    it.each([
      ['no body', undefined],
      ['an empty object', {}],
      ['an empty id', { prompt_id: '' }],
    ])('with %s stops whatever runs', async (_, body) => {
      const id = await running(target())
      expect((await post('/interrupt', body)).status).toBe(200)
      expect(at(await finished(target(), id), 'status', 'status_str')).toBe('error')
    })

    it('with a foreign id stops nothing', async () => {
      const id = await running(target())
      await post('/interrupt', { prompt_id: crypto.randomUUID() })
      expect(at(await getJson(target(), '/queue'), 'queue_running', 0, 1)).toBe(id)
      await post('/interrupt', { prompt_id: id })
      await finished(target(), id)
    })

    it('is told to the client, and to everybody when there is none', async () => {
      const [own, other] = [await listen(target(), 'stopped'), await listen(target(), 'stranger')]
      const first = await running(target(), 'stopped')
      await own.heard((event) => at(event, 'type') === 'progress')
      await post('/interrupt')
      const told = await own.heard((event) => at(event, 'type') === 'execution_interrupted')
      expect(at(told, 'data')).toEqual({
        prompt_id: first,
        node_id: '2',
        node_type: 'PracticeSteps',
        executed: ['1'],
        timestamp: expect.any(Number),
      })
      await own.ended(first)
      expect(other.story(first)).toEqual([])
      const second = await running(target())
      await post('/interrupt')
      await other.heard(
        (event) => at(event, 'type') === 'execution_interrupted' && at(event, 'data', 'prompt_id') === second,
      )
      await own.close()
      await other.close()
    })

    it('by job cancels the running and the waiting, and says so', async () => {
      const id = await running(target())
      const waiting = await queuePrompt(target(), textGraph('to be cancelled'))
      expect((await postJson(target(), `/api/jobs/${waiting}/cancel`, {})).body).toEqual({ cancelled: true })
      expect((await postJson(target(), '/api/jobs/cancel', { job_ids: [id, waiting] })).body).toEqual({
        cancelled: true,
      })
      await finished(target(), id)
      expect((await postJson(target(), `/api/jobs/${id}/cancel`, {})).body).toEqual({ cancelled: false })
      expect(await getJson(target(), `/history/${waiting}`)).toEqual({})
      expect((await fetch(`${target().url}/api/jobs/${waiting}`)).status).toBe(404)
    })
  })

  describe('history', () => {
    it('is deleted by id and cleared by anybody', async () => {
      await queueIdle(target())
      const ids = [await queuePrompt(target(), textGraph('h1')), await queuePrompt(target(), textGraph('h2'))]
      for (const id of ids) await finished(target(), id)
      await post('/history', { delete: [ids[0]] })
      expect(await getJson(target(), `/history/${ids[0]}`)).toEqual({})
      expect(await getJson(target(), `/history/${ids[1]}`)).not.toEqual({})
      await post('/history', { clear: true })
      expect(await getJson(target(), '/history')).toEqual({})
    })
  })
}
