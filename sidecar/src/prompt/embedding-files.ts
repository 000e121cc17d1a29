/** Which files does ComfyUI list as embeddings? Its own list, without which nobody could tell what a name stands for. */
import { GatehouseError } from '../gatehouse-error.ts'
import type { SharedFacts } from '../policy/world.ts'

/** File names in the embeddings folder, with their endings. @throws comfyui_down */
export async function readEmbeddings(facts: Pick<SharedFacts, 'getJson'>): Promise<readonly string[]> {
  const { status, value } = await facts.getJson('/models/embeddings')
  if (status !== 200 || !Array.isArray(value)) {
    throw new GatehouseError('comfyui_down', { detail: `the list of embeddings answered ${status}` })
  }
  return value.filter((name) => typeof name === 'string')
}
