/** How does Krita's AI Diffusion plugin call ComfyUI's own routes? As its backend/comfy_client.py and network.py do (2026). */
import { randomUUID } from 'node:crypto'
import { type App, type AppSetting, bytesOf, jsonOf, openSocket, picturesOf } from './app.ts'

/** Its "Connect" button, up to the question which custom nodes are there. */
export async function connects(setting: AppSetting): Promise<Record<string, unknown>> {
  const { address } = setting
  await jsonOf(await fetch(`${address}/system_stats`, { headers: headersOf(setting) }))
  const probe = await openSocket(`${address.replace('http', 'ws')}/ws?clientId=${randomUUID()}`, socketHeaders(setting))
  probe.close()
  return jsonOf(await fetch(`${address}/object_info`, { headers: headersOf(setting) }))
}

/** It names its jobs itself, and goes on only when the answer has the same name. */
export const krita: App = async (setting, graph) => {
  const { address } = setting
  const [clientId, jobId] = [randomUUID(), randomUUID()]
  const socket = await openSocket(`${address.replace('http', 'ws')}/ws?clientId=${clientId}`, socketHeaders(setting))
  try {
    const queued = await post(setting, '/prompt', { prompt: graph, client_id: clientId, prompt_id: jobId })
    const { prompt_id } = await jsonOf(queued)
    if (prompt_id !== jobId) throw new Error('Prompt ID mismatch')
    await socket.ends(jobId)
    const history = await jsonOf(await fetch(`${address}/history/${jobId}`, { headers: headersOf(setting) }))
    const images = picturesOf(history[jobId]).map(async ({ filename, subfolder, type }) =>
      bytesOf(
        await fetch(`${address}/view?${new URLSearchParams({ filename, subfolder, type })}`, {
          headers: headersOf(setting),
        }),
      ),
    )
    return { promptId: jobId, images: await Promise.all(images) }
  } finally {
    socket.close()
  }
}

export async function cancels(setting: AppSetting, promptId: string): Promise<readonly number[]> {
  const answers = [await post(setting, '/interrupt', {}), await post(setting, '/queue', { delete: [promptId] })]
  return answers.map((answer) => answer.status)
}

function post(setting: AppSetting, path: string, body: unknown): Promise<Response> {
  return fetch(`${setting.address}${path}`, {
    method: 'POST',
    headers: { ...headersOf(setting), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

/** Qt calls itself a browser; the others are for tunnels that show a page first. */
function headersOf({ token }: AppSetting): Record<string, string> {
  return {
    authorization: `Bearer ${token}`,
    'user-agent': 'Mozilla/5.0',
    'ngrok-skip-browser-warning': '69420',
    skip_zrok_interstitial: '69420',
  }
}

function socketHeaders({ token }: AppSetting): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}
