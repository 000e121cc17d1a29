/** @saintno/comfyui-sdk: its Bearer or custom-header credentials on HTTP and WebSocket; follows the job by events. */
import { address, filename, graph, isRun, key, load, promptId, tellLook, tellRun, way } from './task.mjs'

const { CallWrapper, ComfyApi, PromptBuilder } = load('@saintno/comfyui-sdk')
const credentials =
  way === 'bearer' ? { type: 'bearer_token', token: key } : { type: 'custom', headers: { 'X-API-Key': key } }
const api = new ComfyApi(address, undefined, { credentials })
await api.init().waitForReady()

if (isRun) {
  const builder = new PromptBuilder(graph, [], ['images']).setOutputNode('images', '2')
  let id = null
  const result = await new CallWrapper(api, builder)
    .onPending((pending) => {
      id = pending ?? id
    })
    .run()
  if (result === false) throw new Error('the job failed')
  const images = await Promise.all(result.images.images.map((image) => api.getImage(image)))
  tellRun(result._promptId ?? id, await Promise.all(images.map((image) => image.arrayBuffer())))
} else {
  const history = [await api.getHistories(), await api.getHistory(promptId).catch(() => null)]
  const image = await api.getImage({ filename, subfolder: '', type: 'output' })
  tellLook(history, await image.arrayBuffer())
}
