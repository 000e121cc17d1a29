/** What of `extra_data` goes with a prompt? An allow-list; the Comfy.org credentials are split off. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { isObject } from '../transform/json-shape.ts'
import type { ComfyOrgSecrets, Refusal } from './contract.ts'
import { member, textMember } from './own-member.ts'
import { refusePrompt } from './refusal.ts'

export interface ParsedExtraData {
  readonly ok: true
  readonly extraData: JsonObject
  readonly secrets: ComfyOrgSecrets
  readonly workflowId: string | undefined
  /** `extra_data.client_id`, which ComfyUI obeys where the body has none. */
  readonly clientId: Json | undefined
}

// latent_preview.py LatentPreviewMethod (0.33.0), and `default` for the server's own.
const previewMethods = ['auto', 'latent2rgb', 'taesd', 'none', 'default']
const maxPngInfoKeys = 32

/** The parts of `extra_data` that ComfyUI knows. */
export function parseExtraData(value: Json | undefined, usageSource: string | undefined): ParsedExtraData | Refusal {
  if (value !== undefined && value !== null && !isObject(value)) return refusePrompt('extra_data must be an object.')
  const extra = value ?? {}
  const pngInfo = parsePngInfo(member(extra, 'extra_pnginfo'))
  if (typeof pngInfo === 'string') return refusePrompt(pngInfo)
  const kept: (readonly [string, Json])[] = []
  if (pngInfo !== undefined) kept.push(['extra_pnginfo', pngInfo])
  const preview = textMember(extra, 'preview_method')
  if (preview !== undefined && previewMethods.includes(preview)) kept.push(['preview_method', preview])
  const source = textMember(extra, 'comfy_usage_source') ?? usageSource
  if (source !== undefined && isShort(source)) kept.push(['comfy_usage_source', source])
  return {
    ok: true,
    extraData: Object.fromEntries(kept),
    secrets: parseSecrets(extra),
    workflowId: parseWorkflowId(pngInfo),
    clientId: member(extra, 'client_id'),
  }
}

/** The same with the workflow that was published in place of whatever the client says of it. */
export function asPublished(extra: ParsedExtraData, workflow: JsonObject | undefined): ParsedExtraData {
  const { extra_pnginfo: _clients, ...others } = extra.extraData
  const pngInfo = workflow === undefined ? undefined : { workflow }
  return {
    ...extra,
    extraData: pngInfo === undefined ? others : { ...others, extra_pnginfo: pngInfo },
    workflowId: parseWorkflowId(pngInfo),
  }
}

/** Whether a string is a short, printable label. */
export function isShort(text: string): boolean {
  return text.length <= 128 && !/[\p{Cc}\p{Cs}]/u.test(text)
}

// A workflow that is null, a list or a text makes `GET /api/jobs` fail for everybody (jobs.py, 0.33.0).
function parsePngInfo(value: Json | undefined): JsonObject | string | undefined {
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) return 'extra_data.extra_pnginfo must be an object.'
  const entries = Object.entries(value).filter(([name, entry]) => name !== 'workflow' || entry !== null)
  if (entries.length > maxPngInfoKeys || !entries.every(([name]) => name !== '' && isShort(name))) {
    return `extra_data.extra_pnginfo may have ${maxPngInfoKeys} short names at most.`
  }
  const workflow = member(value, 'workflow')
  if (workflow !== undefined && workflow !== null && !isObject(workflow)) {
    return 'extra_data.extra_pnginfo.workflow must be an object.'
  }
  return Object.fromEntries(entries)
}

function parseWorkflowId(pngInfo: JsonObject | undefined): string | undefined {
  const workflow = pngInfo === undefined ? undefined : member(pngInfo, 'workflow')
  return isObject(workflow) ? textMember(workflow, 'id') : undefined
}

function parseSecrets(extra: JsonObject): ComfyOrgSecrets {
  const token = parseSecret(extra, 'auth_token_comfy_org')
  const key = parseSecret(extra, 'api_key_comfy_org')
  return {
    ...(token === undefined ? {} : { authTokenComfyOrg: token }),
    ...(key === undefined ? {} : { apiKeyComfyOrg: key }),
  }
}

function parseSecret(extra: JsonObject, name: string): string | undefined {
  const secret = textMember(extra, name)
  // Clients with one setting for "the API key" (comfykit) put a key of ours here, where every node could read it.
  if (secret?.startsWith('gh_') === true) return undefined
  // It becomes an HTTP header of ComfyUI's.
  return secret !== undefined && /^[\x21-\x7e]{1,8192}$/.test(secret) ? secret : undefined
}
