/** What does the body of `POST /prompt` ask for, beside the graph? Ids and numbers are validated here and minted by the ledger. */
import type { Json, JsonNumber, JsonObject } from '@gatehouse/shared/json'
import { isArray, isNumber, isObject } from '../transform/json-shape.ts'
import { numberOf } from '../transform/lossless-json.ts'
import type { Refusal } from './contract.ts'
import { isShort, type ParsedExtraData, parseExtraData } from './extra-data.ts'
import { isTruthy, member } from './own-member.ts'
import { refuseAsComfyUI, refusePrompt } from './refusal.ts'

export interface Submission {
  readonly ok: true
  readonly prompt: JsonObject
  readonly extra: ParsedExtraData
  readonly clientId: string | undefined
  readonly requestedId: string | undefined
  readonly requestedNumber: JsonNumber | undefined
  readonly front: boolean
  /** Node ids as sent; undefined: every output. */
  readonly targets: readonly string[] | undefined
}

/** The members of the body that ComfyUI knows. */
export function parseSubmission(body: Json, usageSource: string | undefined): Submission | Refusal {
  if (!isObject(body)) return refusePrompt('The body must be a JSON object with the graph under "prompt".')
  const requestedNumber = parseNumber(member(body, 'number'))
  if (requestedNumber === 'bad') return refusePrompt('number must be a finite number.')
  const prompt = member(body, 'prompt')
  if (prompt === undefined) return noPrompt(body)
  if (!isObject(prompt)) return refusePrompt('prompt must be an object with one member for each node.')
  if (isWorkflow(prompt)) return refusePrompt(`prompt is ${workflowCure}`)
  const requestedId = parseId(member(body, 'prompt_id'))
  if (requestedId === 'bad') return invalidId()
  const extra = parseExtraData(member(body, 'extra_data'), usageSource)
  if (!extra.ok) return extra
  const clientId = parseClientId(Object.hasOwn(body, 'client_id') ? member(body, 'client_id') : extra.clientId)
  if (clientId === false) return refusePrompt('client_id must be a text of at most 128 printable characters.')
  const targets = parseTargets(member(body, 'partial_execution_targets'))
  if (targets === 'bad') return refusePrompt('partial_execution_targets must be a list of node ids, each a text.')
  const front = isTruthy(member(body, 'front'))
  return { ok: true, prompt, extra, clientId, requestedId, requestedNumber, front, targets }
}

const workflowCure =
  'a workflow as the page saves it. ComfyUI runs the API format: choose "Export (API)" in the Workflow menu and send that.'

/** Whether this is the format of saved workflows, which has lists of nodes and links instead of nodes by id. */
function isWorkflow(object: JsonObject): boolean {
  return isArray(member(object, 'nodes')) && !isObject(member(object, 'links'))
}

/** ComfyUI's words, and the cure where it is plain what was sent instead. */
function noPrompt(body: JsonObject): Refusal {
  const message = 'No prompt provided'
  const isGraph = Object.values(body).some((node) => isObject(node) && Object.hasOwn(node, 'class_type'))
  if (!isWorkflow(body) && !isGraph) return refuseAsComfyUI('no_prompt', message, message)
  const cure = isWorkflow(body) ? `The body is ${workflowCure}` : 'Put the graph under "prompt": {"prompt": {...}}.'
  return refuseAsComfyUI('no_prompt', `${message}. ${cure}`, cure)
}

// ComfyUI takes whatever Python's float() takes; NaN breaks its queue's order and everybody's JSON.
function parseNumber(value: Json | undefined): JsonNumber | undefined | 'bad' {
  if (value === undefined) return undefined
  if (isNumber(value)) return Number.isFinite(numberOf(value)) ? value : 'bad'
  const isDecimal = typeof value === 'string' && /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(value)
  const number = isDecimal ? Number(value) : Number.NaN
  return Number.isFinite(number) ? number : 'bad'
}

function parseId(value: Json | undefined): string | undefined | 'bad' {
  if (value === undefined || value === null) return undefined
  const isCanonical = typeof value === 'string' && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)
  return isCanonical ? value : 'bad'
}

// An object as client_id ends the whole ComfyUI process (server.py publish_loop, unhashable sid).
function parseClientId(value: Json | undefined): string | undefined | false {
  if (value === undefined || value === null) return undefined
  if (isNumber(value) || typeof value === 'boolean') return undefined
  return typeof value === 'string' && isShort(value) ? value : false
}

function parseTargets(value: Json | undefined): readonly string[] | undefined | 'bad' {
  if (value === undefined || value === null) return undefined
  if (!isArray(value)) return 'bad'
  const texts = value.filter((entry) => typeof entry === 'string')
  return texts.length === value.length ? texts : 'bad'
}

// server.py post_prompt (0.33.0)
function invalidId(): Refusal {
  return refuseAsComfyUI(
    'invalid_prompt_id',
    'prompt_id must be a valid UUID',
    'prompt_id must be a UUID string in canonical lowercase hyphenated form; omit it to let the server generate one',
  )
}
