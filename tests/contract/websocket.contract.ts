/** Who hears what on the socket, and how easily is it taken over? */
import { describe, expect, it } from 'vitest'
import { at, finished, queuePrompt } from './client.ts'
import { emptyImage, longGraph, saveGraph, textGraph } from './graphs.ts'
import { rawRequest } from './raw-http.ts'
import { listen, promptOf } from './socket.ts'
import type { TargetOf } from './target.ts'

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47])

export function websocketContract(target: TargetOf): void {
  describe('the socket', () => {
    it.each(['/ws', '/api/ws'])('greets on %s with the count and the id it was given', async (path) => {
      const listener = await listen(target(), 'any id at all / %00', path)
      expect(listener.events[0]).toEqual({
        type: 'status',
        data: { status: { exec_info: { queue_remaining: 0 } }, sid: 'any id at all / %00' },
      })
      await listener.close()
    })

    it('makes up an id where none is named', async () => {
      const listener = await listen(target())
      expect(at(listener.events[0], 'data', 'sid')).toMatch(/^[0-9a-f]{32}$/)
      await listener.close()
    })

    it('negotiates with the first message only', async () => {
      const listener = await listen(target(), 'negotiator')
      listener.send({ type: 'feature_flags', data: { supports_preview_metadata: true } })
      const answer = await listener.heard((event) => at(event, 'type') === 'feature_flags')
      expect(at(answer, 'data')).toMatchObject({
        supports_preview_metadata: true,
        max_upload_size: 104857600,
        assets: false,
      })
      listener.send({ type: 'feature_flags', data: {} })
      const id = await queuePrompt(target(), textGraph('after the second message'), { client_id: 'negotiator' })
      await listener.ended(id)
      expect(listener.events.filter((event) => at(event, 'type') === 'feature_flags')).toHaveLength(1)
      await listener.close()
    })

    it('survives messages that are no JSON, no object, or of no known type', async () => {
      const listener = await listen(target(), 'noisy')
      for (const message of ['no json', '[]', 'null', '{"type":"execute"}']) listener.send(message)
      await listener.ended(await queuePrompt(target(), textGraph('after the noise'), { client_id: 'noisy' }))
      expect(listener.isOpen()).toBe(true)
      await listener.close()
    })

    it('belongs to whoever names its id last, while the first stays open and deaf', async () => {
      const first = await listen(target(), 'shared')
      const second = await listen(target(), 'shared')
      const id = await queuePrompt(target(), saveGraph(), { client_id: 'shared' })
      await second.ended(id)
      expect(first.isOpen()).toBe(true)
      expect(first.story(id)).toEqual([])
      await first.close()
      await second.close()
    })

    it('goes silent for the newer one when the older closes', async () => {
      const first = await listen(target(), 'muted')
      const second = await listen(target(), 'muted')
      await first.close()
      const witness = await listen(target(), 'witness')
      const id = await queuePrompt(target(), saveGraph(), { client_id: 'muted' })
      await finished(target(), id)
      await witness.ended(await queuePrompt(target(), textGraph(`sentinel ${id}`), { client_id: 'witness' }))
      expect([second.isOpen(), second.story(id)]).toEqual([true, []])
      await second.close()
      await witness.close()
    })

    it("tells a late comer with the running client's id which node runs, without the prompt", async () => {
      const first = await listen(target(), 'runner')
      const id = await queuePrompt(target(), longGraph(), { client_id: 'runner' })
      await first.heard((event) => at(event, 'type') === 'progress')
      const late = await listen(target(), 'runner')
      const executing = await late.heard((event) => at(event, 'type') === 'executing')
      expect(at(executing, 'data')).toEqual({ node: '2' })
      await fetch(`${target().url}/interrupt`, { method: 'POST', body: JSON.stringify({ prompt_id: id }) })
      await finished(target(), id)
      await first.close()
      await late.close()
    })

    it.each([
      [[], 'No WebSocket UPGRADE hdr: None\n Can "Upgrade" only to "WebSocket".'],
      [['Upgrade: websocket'], 'Unsupported version: '],
      [['Upgrade: websocket', 'Sec-WebSocket-Version: 9'], 'Unsupported version: 9'],
    ])('refuses a handshake with %j', async (headers, text) => {
      const connection = headers.length > 0 ? ['Connection: Upgrade'] : []
      const answer = await rawRequest(target(), { target: '/ws', headers: [...connection, ...headers] })
      expect([answer.status, answer.text]).toEqual([400, text])
    })

    it('refuses another site', async () => {
      const headers = [
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        'Origin: https://elsewhere.example',
      ]
      expect((await rawRequest(target(), { target: '/ws', headers })).status).toBe(403)
    })
  })

  describe('progress', () => {
    it('comes as progress_state, progress and a preview that names its node', async () => {
      const listener = await listen(target(), 'previewer')
      listener.send({ type: 'feature_flags', data: { supports_preview_metadata: true } })
      await listener.heard((event) => at(event, 'type') === 'feature_flags')
      const id = await queuePrompt(target(), longGraph(2, 1), { client_id: 'previewer' })
      await listener.ended(id)
      const progress = listener.events
        .filter((event) => at(event, 'type') === 'progress')
        .map((event) => at(event, 'data'))
      expect(progress).toEqual([1, 2].map((value) => ({ value, max: 2, prompt_id: id, node: '2' })))
      const states = listener.events.filter((event) => at(event, 'type') === 'progress_state' && promptOf(event) === id)
      const identity = { node_id: '2', prompt_id: id, display_node_id: '2', parent_node_id: null, real_node_id: '2' }
      expect(states.map((event) => at(event, 'data', 'nodes', '2'))).toContainEqual({
        value: 1,
        max: 2,
        state: 'running',
        ...identity,
      })
      const { payload } = await listener.frame(4)
      const length = payload.readUInt32BE(0)
      expect(JSON.parse(payload.toString('utf8', 4, 4 + length))).toEqual({ ...identity, image_type: 'image/png' })
      expect(payload.subarray(4 + length, 8 + length)).toEqual(png)
      expect(listener.frames.some((frame) => frame.type === 1)).toBe(false)
      await listener.close()
    })

    it('comes without any name for a client that negotiated nothing', async () => {
      const listener = await listen(target(), 'plain')
      await listener.ended(await queuePrompt(target(), longGraph(2, 1), { client_id: 'plain' }))
      const { payload } = await listener.frame(1)
      expect([payload.readUInt32BE(0), payload.subarray(4, 8)]).toEqual([2, png])
      await listener.close()
    })

    it('reaches everybody when the prompt named no client', async () => {
      const other = await listen(target(), 'overhearer')
      const id = await queuePrompt(target(), longGraph(2, 1))
      await finished(target(), id)
      const progress = await other.heard((event) => at(event, 'type') === 'progress' && promptOf(event) === id)
      expect(at(progress, 'data', 'node')).toBe('2')
      expect((await other.frame(1)).payload.subarray(4, 8)).toEqual(png)
      await other.close()
    })

    it('in text reaches every socket, and names the node but no prompt', async () => {
      const [own, other] = [await listen(target(), 'sizer'), await listen(target(), 'eavesdropper')]
      const graph = {
        a: emptyImage(),
        size: { class_type: 'GetImageSize', inputs: { image: ['a', 0] } },
        out: { class_type: 'PreviewAny', inputs: { source: ['size', 0] } },
      }
      await own.ended(await queuePrompt(target(), graph, { client_id: 'sizer' }))
      for (const listener of [own, other]) {
        const { payload } = await listener.frame(3)
        const length = payload.readUInt32BE(0)
        expect(payload.toString('utf8', 4, 4 + length)).toBe('size')
        expect(payload.toString('utf8', 4 + length)).toBe('width: 8, height: 8\n batch size: 1')
        await listener.close()
      }
    })
  })
}
