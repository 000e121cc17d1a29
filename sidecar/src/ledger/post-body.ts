/** What is sent to ComfyUI's `POST /prompt`? Always with our own ids and number, secrets added only once. */
import type { UpstreamPromptId } from '@gatehouse/shared/ids'
import type { NormalisedPrompt } from '../prompt/contract.ts'
import { stringifyJson, stringifyJsonInTurns } from '../transform/lossless-json.ts'

/** The two texts that are kept for posting again: no ids, no number, no secrets. */
export interface StoredPost {
  /** What `storedBody` wrote. */
  readonly body: string
  /** The job's own `extra_data`, an object: what the client gets to see of it is what ComfyUI gets. */
  readonly extraData: string
}

/** What is kept of the body besides `extra_data`. */
export function storedBody({ prompt, targets }: NormalisedPrompt['upstream']): Promise<string> {
  return stringifyJsonInTurns({ prompt, ...(targets === undefined ? {} : { partial_execution_targets: targets }) })
}

export interface PostIds {
  readonly clientId: string
  readonly upstreamId: UpstreamPromptId
  readonly number: number
}

export function postBody(stored: StoredPost, ids: PostIds, secrets: NormalisedPrompt['secrets'] = {}): string {
  const own = { client_id: ids.clientId, prompt_id: ids.upstreamId, number: ids.number }
  // Texts are joined: parsing megabytes once more would keep everybody else waiting.
  const extraData = joined(stored.extraData, stringifyJson(secretFields(secrets)))
  return joined(joined(stringifyJson(own), `{"extra_data":${extraData}}`), stored.body)
}

/** One printed object with the members of two. */
function joined(first: string, second: string): string {
  if (first === '{}') return second
  return second === '{}' ? first : `${first.slice(0, -1)},${second.slice(1)}`
}

export function hasSecret(secrets: NormalisedPrompt['secrets']): boolean {
  return secrets.authTokenComfyOrg !== undefined || secrets.apiKeyComfyOrg !== undefined
}

function secretFields({ authTokenComfyOrg, apiKeyComfyOrg }: NormalisedPrompt['secrets']) {
  return {
    ...(authTokenComfyOrg === undefined ? {} : { auth_token_comfy_org: authTokenComfyOrg }),
    ...(apiKeyComfyOrg === undefined ? {} : { api_key_comfy_org: apiKeyComfyOrg }),
  }
}
