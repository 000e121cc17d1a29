/** @stable-canvas/comfyui-client: its plugin for ComfyUI-Login puts `token` into every query; waits on the WebSocket. */
import { address, filename, graph, isRun, key, load, promptId, tellLook, tellRun } from './task.mjs'

const { Client, plugins } = load('@stable-canvas/comfyui-client')
const client = new Client({ api_host: address.replace('http://', ''), WebSocket, fetch })
client.use(new plugins.LoginAuthPlugin({ token: key }))
const connected = new Promise((resolve) => client.events.once('connected', resolve))
client.connect()
// A job that ends before the socket is there would be waited for without end.
await connected

// Its plugin leaves out the addresses of images: whoever fetches one adds the token.
const download = async (url) => (await fetch(`${url}&token=${key}`)).arrayBuffer()

if (isRun) {
  const result = await client.enqueue(graph)
  tellRun(result.prompt_id, await Promise.all(result.images.map((image) => download(image.data))))
} else {
  const history = [await client.getHistory(), await client.getPromptOutputs(promptId).catch(() => null)]
  tellLook(history, await download(client.viewURL(filename, '', 'output')))
}
