/** What is sent to ComfyUI's `POST /prompt`? Always with our own ids and number, secrets added only once. */
import type { UpstreamPromptId } from '@gatehouse/shared/ids'
import type { NormalisedPrompt } from '../prompt/contract.ts'
import { objectOr } from '../transform/json-shape.ts'
import { parseJson, stringifyJson } from '../transform/lossless-json.ts'

/** Deeper than anything the normaliser lets through. */
const storedDepth = 1_000

const beginning = '{"extra_data":{'

/** What is kept for posting again: no ids, no number, no secrets. */
export function storedBody({ prompt, extraData, targets }: NormalisedPrompt['upstream']): string {
  return stringifyJson({
    extra_data: extraData,
    prompt,
    ...(targets === undefined ? {} : { partial_execution_targets: targets }),
  })
}

export interface PostIds {
  readonly clientId: string
  readonly upstreamId: UpstreamPromptId
  readonly number: number
}

export function postBody(stored: string, ids: PostIds, secrets: NormalisedPrompt['secrets'] = {}): string {
  const own = { client_id: ids.clientId, prompt_id: ids.upstreamId, number: ids.number }
  // What `storedBody` wrote is spliced: parsing five megabytes once more would keep everybody else waiting.
  if (stored.startsWith(beginning)) {
    const fields = stringifyJson(secretFields(secrets)).slice(1, -1)
    const rest = stored.slice(beginning.length)
    const comma = fields === '' || rest.startsWith('}') ? '' : ','
    return `${stringifyJson(own).slice(0, -1)},${beginning.slice(1)}${fields}${comma}${rest}`
  }
  const { prompt = {}, extra_data, partial_execution_targets } = objectOr(parseJson(stored, { depth: storedDepth }))
  return stringifyJson({
    prompt,
    ...own,
    extra_data: { ...objectOr(extra_data), ...secretFields(secrets) },
    ...(partial_execution_targets === undefined ? {} : { partial_execution_targets }),
  })
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
