/** How does a prompt come in? `GET /prompt`, `POST /prompt` (`server.py:post_prompt`). */
import { randomUUID } from 'node:crypto'
import { json } from '../aiohttp/answer.ts'
import type { IncomingRequest } from '../aiohttp/incoming-request.ts'
import type { RouteTable } from '../aiohttp/router.ts'
import type { Comfyui } from '../comfyui.ts'
import { coerceInput } from '../execution/coerce-input.ts'
import { problem } from '../execution/problem.ts'
import { validatePrompt } from '../execution/validate-prompt.ts'
import { PythonError } from '../nodes/node-class.ts'
import { dict, isDict, isTruthy, type PythonDict, type PythonValue } from '../python/values.ts'

const sensitiveKeys = ['auth_token_comfy_org', 'api_key_comfy_org']

export function promptRoutes(comfyui: Comfyui): RouteTable {
  return {
    'GET /prompt': () => json(comfyui.queueInfo()),
    'POST /prompt': async (request) => {
      const body = await request.json()
      if (body === null || typeof body !== 'object') throw new PythonError('TypeError', 'argument is not iterable')
      // A list has no keys, so it is an object without a prompt.
      return acceptPrompt(comfyui, request, isDict(body) ? body : new Map())
    },
  }
}

function acceptPrompt(comfyui: Comfyui, request: IncomingRequest, body: PythonDict) {
  const number = body.has('number') ? givenNumber(body.get('number') ?? null) : countedNumber(comfyui, body)
  const prompt = body.get('prompt')
  if (prompt === undefined) return refuse(problem('no_prompt', 'No prompt provided', 'No prompt provided'))
  const promptId = body.get('prompt_id') ?? randomUUID()
  if (!isJobId(promptId)) return refuse(invalidPromptId())
  if (!isDict(prompt)) throw new PythonError('AttributeError', "'list' object has no attribute 'items'")
  checkReplaceable(prompt)
  const verdict = validatePrompt(comfyui, prompt, body.get('partial_execution_targets') ?? null)
  const extraData = extraDataOf(body, request)
  if (!verdict.valid) {
    comfyui.logs.write(`invalid prompt: ${String(verdict.error.get('type'))}`)
    return refuse(verdict.error, verdict.nodeErrors)
  }
  const sensitive: PythonDict = new Map()
  for (const key of sensitiveKeys) {
    const value = extraData.get(key)
    if (value === undefined) continue
    sensitive.set(key, value)
    extraData.delete(key)
  }
  extraData.set('create_time', Date.now())
  comfyui.logs.write('got prompt')
  comfyui.queue.put({ number, promptId, prompt, extraData, outputs: verdict.outputs, sensitive })
  return json({ prompt_id: promptId, number, node_errors: verdict.nodeErrors })
}

/** A UUID in its canonical lower-case form (`comfy_execution/jobs.py:validate_job_id`). */
export function isJobId(value: PythonValue): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)
}

function countedNumber(comfyui: Comfyui, body: PythonDict): number {
  const number = comfyui.nextNumber()
  return isTruthy(body.get('front')) ? -number : number
}

function givenNumber(value: PythonValue): PythonValue {
  const coerced = coerceInput('FLOAT', value)
  if ('refusal' in coerced) throw new PythonError('ValueError', coerced.refusal)
  return coerced.value
}

function extraDataOf(body: PythonDict, request: IncomingRequest): PythonDict {
  const given = body.has('extra_data') ? body.get('extra_data') : new Map()
  if (!isDict(given)) throw new PythonError('TypeError', 'extra_data is no dict')
  if (body.has('client_id')) given.set('client_id', body.get('client_id') ?? null)
  const source = request.header('comfy-usage-source')
  if (!given.has('comfy_usage_source') && source !== undefined && source !== '') given.set('comfy_usage_source', source)
  return given
}

// `node_replace_manager.apply_replacements` walks every node first, and trips over what is no dictionary.
function checkReplaceable(prompt: PythonDict): void {
  for (const node of prompt.values()) {
    if (node === null || typeof node === 'boolean' || typeof node === 'number')
      throw new PythonError('TypeError', 'node')
    if (!isDict(node) || !node.has('class_type') || !node.has('inputs')) continue
    if (!isDict(node.get('inputs'))) throw new PythonError('AttributeError', "'list' object has no attribute 'items'")
  }
}

function invalidPromptId(): PythonDict {
  const details =
    'prompt_id must be a UUID string in canonical lowercase hyphenated form; omit it to let the server generate one'
  return problem('invalid_prompt_id', 'prompt_id must be a valid UUID', details)
}

function refuse(error: PythonDict, nodeErrors: PythonDict = dict({})) {
  return json({ error, node_errors: nodeErrors }, 400)
}
