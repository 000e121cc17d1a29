/** What does a prompt leave behind and tell on its way: events, history, jobs, files, cache? */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodePng } from '../practice-comfyui/nodes/png.ts'
import { at, finished, getJson, queuePrompt, runPrompt } from './client.ts'
import { emptyImage, freshColor, previewGraph, previewImage, saveGraph, saveImage, textGraph } from './graphs.ts'
import { listen } from './socket.ts'
import type { TargetOf } from './target.ts'

export function promptLifeContract(target: TargetOf): void {
  describe('a prompt that runs', () => {
    it('tells its client every step in order', async () => {
      const listener = await listen(target(), 'teller')
      const id = await queuePrompt(target(), saveGraph(), { client_id: 'teller' })
      await listener.ended(id)
      expect(listener.story(id)).toEqual([
        'execution_start',
        'execution_cached',
        'progress_state',
        'executing 1',
        'progress_state',
        'executing 2',
        'executed 2',
        'progress_state',
        'execution_success',
        'executing null',
      ])
      await listener.close()
    })

    it('tells the others only how many wait', async () => {
      const [own, other] = [await listen(target(), 'own'), await listen(target(), 'other')]
      const id = await queuePrompt(target(), saveGraph(), { client_id: 'own' })
      await own.ended(id)
      await other.heard((event) => at(event, 'data', 'status', 'exec_info', 'queue_remaining') === 1)
      expect(new Set(other.events.map((event) => at(event, 'type')))).toEqual(new Set(['status']))
      await own.close()
      await other.close()
    })

    it('without a client tells everybody its progress_state, and nothing else', async () => {
      const other = await listen(target(), 'bystander')
      const id = await queuePrompt(target(), saveGraph())
      await finished(target(), id)
      const marker = await queuePrompt(target(), textGraph(`marker ${id}`), { client_id: 'bystander' })
      await other.ended(marker)
      expect(other.story(id)).toEqual(['progress_state'])
      await other.close()
    })

    it('leaves a history entry', async () => {
      const color = freshColor()
      const graph = saveGraph('history/x', color)
      const extra = { extra_pnginfo: { workflow: { id: 'w1', nodes: [] } }, api_key_comfy_org: 'secret' }
      const entry = await runPrompt(target(), graph, { client_id: 'c1', extra_data: extra })
      const [, id, prompt, extraData, outputs] = Object.values(Object(at(entry, 'prompt')))
      expect(prompt).toEqual(graph)
      expect(extraData).toEqual({
        extra_pnginfo: extra.extra_pnginfo,
        client_id: 'c1',
        create_time: expect.any(Number),
      })
      expect(outputs).toEqual(['2'])
      expect(at(entry, 'outputs')).toEqual({
        '2': { images: [{ filename: 'x_00001_.png', subfolder: 'history', type: 'output' }] },
      })
      expect(at(entry, 'status')).toMatchObject({ status_str: 'success', completed: true })
      expect(Object.values(Object(at(entry, 'status', 'messages'))).map((message) => at(message, 0))).toEqual([
        'execution_start',
        'execution_cached',
        'execution_success',
      ])
      expect(at(entry, 'status', 'messages', 0, 1)).toEqual({ prompt_id: id, timestamp: expect.any(Number) })
      expect(at(entry, 'meta')).toEqual({
        '2': { node_id: '2', display_node: '2', parent_node: null, real_node_id: '2' },
      })
    })

    it('is a job with a preview', async () => {
      const id = await queuePrompt(target(), saveGraph('job/x'), {
        extra_data: { extra_pnginfo: { workflow: { id: 'w-job' } } },
      })
      await finished(target(), id)
      const listed = await getJson(target(), '/api/jobs?workflow_id=w-job')
      const summary = {
        id,
        status: 'completed',
        outputs_count: 1,
        previewable_outputs_count: 1,
        preview_output: {
          filename: 'x_00001_.png',
          subfolder: 'job',
          type: 'output',
          nodeId: '2',
          mediaType: 'images',
        },
        workflow_id: 'w-job',
      }
      expect(listed).toMatchObject({
        jobs: [summary],
        pagination: { offset: 0, limit: null, total: 1, has_more: false },
      })
      const detail = await getJson(target(), `/api/jobs/${id}`)
      expect(detail).toMatchObject({ ...summary, outputs: { '2': {} }, execution_status: { completed: true } })
      expect(at(detail, 'workflow', 'extra_data', 'extra_pnginfo', 'workflow', 'id')).toBe('w-job')
    })

    it('pages its history from the end, or from an offset', async () => {
      const ids: string[] = []
      for (const text of ['a', 'b', 'c'])
        ids.push(await queuePrompt(target(), textGraph(`page ${text} ${freshColor()}`)))
      for (const id of ids) await finished(target(), id)
      expect(Object.keys(Object(await getJson(target(), '/history?max_items=2')))).toEqual(ids.slice(1))
      expect(Object.keys(Object(await getJson(target(), '/history?max_items=0')))).toEqual([])
      const all = Object.keys(Object(await getJson(target(), '/history')))
      const offset = all.indexOf(ids[0] ?? '')
      expect(Object.keys(Object(await getJson(target(), `/history?max_items=2&offset=${offset}`)))).toEqual(
        ids.slice(0, 2),
      )
    })

    it('replaces the history of another with the same id', async () => {
      const id = crypto.randomUUID()
      await runPrompt(target(), textGraph('first owner'), { prompt_id: id })
      await queuePrompt(target(), textGraph('second owner'), { prompt_id: id })
      const marker = await queuePrompt(target(), textGraph(`after ${id}`))
      await finished(target(), marker)
      expect(at(await finished(target(), id), 'outputs')).toEqual({ '1': { text: ['second owner'] } })
    })

    it('writes the graph and the workflow into the picture', async () => {
      const prefix = `meta/${freshColor()}`
      const graph = saveGraph(prefix)
      const entry = await runPrompt(target(), graph, {
        extra_data: { extra_pnginfo: { workflow: { id: 'secret-flow' } } },
      })
      const filename = String(at(entry, 'outputs', '2', 'images', 0, 'filename'))
      const { text, width } = decodePng(readFileSync(join(target().baseDirectory, 'output', 'meta', filename)))
      expect(width).toBe(8)
      expect(JSON.parse(text.get('prompt') ?? '')).toEqual(graph)
      expect(text.get('workflow')).toBe('{"id": "secret-flow"}')
    })

    it('fails outside the output folder, with the paths of the host', async () => {
      const graph = { '1': emptyImage(), '2': saveImage('1', '../../escape') }
      const listener = await listen(target(), 'failing')
      const id = await queuePrompt(target(), graph, { client_id: 'failing' })
      await listener.ended(id)
      const error = await listener.heard((event) => at(event, 'type') === 'execution_error')
      expect(at(error, 'data')).toMatchObject({
        prompt_id: id,
        node_id: '2',
        node_type: 'SaveImage',
        executed: ['1'],
        exception_type: 'Exception',
      })
      expect(at(error, 'data', 'exception_message')).toContain(join(target().baseDirectory, 'output'))
      expect(at(await finished(target(), id), 'status', 'status_str')).toBe('error')
      await listener.close()
    })

    it('and fails is a failed job', async () => {
      const id = await queuePrompt(target(), { '1': emptyImage(), '2': saveImage('1', '../../escape') })
      await finished(target(), id)
      expect(at(await getJson(target(), `/api/jobs/${id}`), 'status')).toBe('failed')
    })
  })

  describe('the shared cache', () => {
    it("gives the second asker the first one's file and writes none", async () => {
      const graph = saveGraph(`cache/${freshColor()}`, freshColor())
      const first = await runPrompt(target(), graph, { client_id: 'alice' })
      const listener = await listen(target(), 'bob')
      const id = await queuePrompt(target(), graph, { client_id: 'bob' })
      await listener.ended(id)
      const cached = await listener.heard((event) => at(event, 'type') === 'execution_cached')
      expect(new Set(Object.values(Object(at(cached, 'data', 'nodes'))))).toEqual(new Set(['1', '2']))
      expect(at(await listener.heard((event) => at(event, 'type') === 'executed'), 'data', 'output')).toEqual(
        at(first, 'outputs', '2'),
      )
      expect(at(await finished(target(), id), 'outputs')).toEqual(at(first, 'outputs'))
      await listener.close()
    })

    it('forgets what the next prompt does not use', async () => {
      const graph = saveGraph(`forget/${freshColor()}`)
      await runPrompt(target(), graph)
      await runPrompt(target(), textGraph(`between ${freshColor()}`))
      const again = await runPrompt(target(), graph)
      expect(at(again, 'outputs', '2', 'images', 0, 'filename')).toMatch(/_00002_\.png$/)
    })

    it('takes an undeclared input as part of the key', async () => {
      const [color, prefix] = [freshColor(), `salt/${freshColor()}`]
      const salted = (salt: string) => ({
        '1': emptyImage(color),
        '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: prefix, _salt: salt } },
      })
      await runPrompt(target(), salted('a'))
      const other = await runPrompt(target(), salted('b'))
      expect(at(other, 'status', 'messages', 1, 1, 'nodes')).toEqual(['1'])
      expect(at(other, 'outputs', '2', 'images', 0, 'filename')).toMatch(/_00002_\.png$/)
    })

    it('counts on in the previews of the same node id', async () => {
      const first = await runPrompt(target(), previewGraph())
      const second = await runPrompt(target(), previewGraph())
      const nameIn = (entry: unknown) => String(at(entry, 'outputs', '2', 'images', 0, 'filename'))
      expect(nameIn(first)).toMatch(/^ComfyUI_temp_[a-z]{5}_00001_\.png$/)
      expect(nameIn(second)).toBe(nameIn(first).replace('_00001_', '_00002_'))
      const apart = await runPrompt(target(), { '1': emptyImage(), other: previewImage('1') })
      expect(at(apart, 'outputs', 'other', 'images', 0, 'filename')).not.toContain(nameIn(first).slice(0, 18))
    })

    it('keys by ancestors, not by node ids', async () => {
      const color = freshColor()
      const prefix = `ids/${color}`
      await runPrompt(target(), { a: emptyImage(color), b: saveImage('a', prefix) })
      const renamed = await runPrompt(target(), { x: emptyImage(color), y: saveImage('x', prefix) })
      expect(at(renamed, 'status', 'messages', 1, 1, 'nodes')).toEqual(['x', 'y'])
    })
  })
}
