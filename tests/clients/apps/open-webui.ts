/** How does Open WebUI call? As its image engine "comfyui" does (utils/images/comfyui.py and routers/images.py, 2026). */
import { randomUUID } from 'node:crypto'
import { type App, type AppSetting, bytesOf, jsonOf, openSocket, picturesOf } from './app.ts'

/** The check mark beside the address in its settings. */
export async function verifiesAddress({ address, token }: AppSetting): Promise<number> {
  const answer = await fetch(`${address}/object_info`, { headers: bearer(token) })
  await answer.body?.cancel()
  return answer.status
}

/** The socket first, with the key as a Bearer header and without an Origin; it calls itself a browser and is none. */
export const openWebui: App = async ({ address, token }, graph) => {
  const clientId = randomUUID()
  const headers = { ...bearer(token), 'user-agent': 'Mozilla/5.0' }
  const socket = await openSocket(`${address.replace('http', 'ws')}/ws?clientId=${clientId}`, bearer(token))
  try {
    const queued = await jsonOf(
      await fetch(`${address}/prompt`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: graph, client_id: clientId }),
      }),
    )
    const promptId = String(queued.prompt_id)
    await socket.ends(promptId)
    const history = await jsonOf(await fetch(`${address}/history/${promptId}`, { headers }))
    const images = picturesOf(history[promptId]).map(async ({ filename, subfolder, type }) =>
      bytesOf(
        await fetch(`${address}/view?${new URLSearchParams({ filename, subfolder, type })}`, {
          headers: bearer(token),
        }),
      ),
    )
    return { promptId, images: await Promise.all(images) }
  } finally {
    socket.close()
  }
}

/** A picture to be edited. */
export async function uploads({ address, token }: AppSetting, bytes: Uint8Array): Promise<Record<string, unknown>> {
  const form = new FormData()
  form.append('image', new Blob([Uint8Array.from(bytes)], { type: 'image/png' }), 'webui.png')
  form.append('type', 'input')
  return jsonOf(await fetch(`${address}/api/upload/image`, { method: 'POST', headers: bearer(token), body: form }))
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}
