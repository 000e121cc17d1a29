/** How does Comfy Portal call? As its version 1.0.7 does (services/comfy-client.ts, comfy-api.ts, network.ts). */
import { randomUUID } from 'node:crypto'
import { type App, type AppSetting, bytesOf, jsonOf, openSocket, type Picture, picturesOf } from './app.ts'

/** Its server page: what it asks before it calls a server online. */
export async function looksAtServer({ address, token }: AppSetting): Promise<readonly number[]> {
  const paths = ['/system_stats', '/extensions', '/experiment/models', '/experiment/models/checkpoints']
  const answers = await Promise.all(paths.map((path) => fetch(`${address}${path}`, { headers: bearer(token) })))
  await Promise.all(answers.map((answer) => answer.body?.cancel()))
  return answers.map((answer) => answer.status)
}

/** The token goes with each call twice, as a Bearer header and in the query; the socket and downloads have the query only. */
export const comfyPortal: App = async ({ address, token }, graph) => {
  const clientId = randomUUID()
  const socketAddress = address.replace('http', 'ws')
  // React Native adds an Origin of its own making to each socket: the server's, with http for ws.
  const socket = await openSocket(`${socketAddress}/ws?clientId=${clientId}&token=${token}`, { origin: address })
  try {
    const queued = await jsonOf(
      await fetch(`${address}/prompt?token=${token}`, {
        method: 'POST',
        headers: { ...bearer(token), 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: graph, client_id: clientId }),
      }),
    )
    const promptId = String(queued.prompt_id)
    await socket.ends(promptId)
    const history = await jsonOf(
      await fetch(`${address}/history/${promptId}?token=${token}`, { headers: bearer(token) }),
    )
    return { promptId, images: await Promise.all(picturesOf(history[promptId]).map(download)) }
  } finally {
    socket.close()
  }

  async function download({ filename, subfolder, type }: Picture): Promise<Buffer> {
    const query = `filename=${encodeURIComponent(filename)}&subfolder=${subfolder}&type=${type}&token=${token}`
    // First its own fetch, then the file downloader of the phone, which gets the address alone.
    await bytesOf(await fetch(`${address}/view?${query}`, { headers: bearer(token) }))
    return bytesOf(await fetch(`${address}/view?${query}`))
  }
}

export async function uploads({ address, token }: AppSetting, bytes: Uint8Array): Promise<Record<string, unknown>> {
  const form = new FormData()
  form.append('type', 'input')
  form.append('overwrite', 'true')
  form.append('image', new Blob([Uint8Array.from(bytes)], { type: 'image/png' }), 'portal.png')
  return jsonOf(
    await fetch(`${address}/upload/image?token=${encodeURIComponent(token)}`, { method: 'POST', body: form }),
  )
}

/** Its queue page and its stop button. */
export async function stops({ address, token }: AppSetting, promptId: string): Promise<readonly number[]> {
  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(`${address}${path}?token=${token}`, {
      method: 'POST',
      headers: { ...bearer(token), 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const answers = [
    await fetch(`${address}/queue?token=${token}`, { headers: bearer(token) }),
    await post('/interrupt', { prompt_id: promptId }),
    await post('/queue', { delete: [promptId] }),
    await post('/queue', { clear: true }),
  ]
  return answers.map((answer) => answer.status)
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}
