/** Which workflows may those run who may run nothing else? Lists them, publishes one, and takes one back. */
import type { JsonObject } from '@gatehouse/shared/json'
import type { PublishedSummary } from '@gatehouse/shared/workflows-contract'
import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { createRequestBody } from '../http/request-body.ts'
import type { PublishedFacts } from '../policy/own-published.ts'
import { note } from './audited.ts'
import { parseValue, requireJson } from './body.ts'
import { type Caller, readQuery, requireCaller, requirePermission } from './caller.ts'
import type { OwnApiContext } from './context.ts'

/** Of a whole workflow with its prompt; the pages of a big one have some hundred kilobytes. */
const limitBytes = 4 * 1024 * 1024

const object = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
const wish = z.object({
  name: z.string().min(1).max(200),
  everybody: z.boolean().default(false),
  prompt: object,
  workflow: object.optional(),
  open: z
    .array(z.object({ node: z.string().max(200), input: z.string().max(200) }))
    .max(2_000)
    .optional(),
})

export function getWorkflows(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requirePermission(caller, 'workflow:read')
    response.json((await context.published.list(caller.principal)).map(summarise))
  }
}

/** The graph itself: a text that nobody parses again, so that 64-bit seeds keep their digits. */
export function getWorkflow(context: OwnApiContext): RequestHandler<{ name: string }> {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requirePermission(caller, 'workflow:read')
    const everybody = wantsEverybody(request)
    const found = (await context.published.list(caller.principal)).find(
      (one) => one.name === request.params.name.normalize('NFC') && (everybody ?? one.everybody) === one.everybody,
    )
    if (found === undefined) throw new GatehouseError('not_found')
    const summary = JSON.stringify(summarise(found)).slice(0, -1)
    response.type('json').send(`${summary},"prompt":${found.prompt},"workflow":${found.workflow ?? 'null'}}`)
  }
}

/** Its body is read only once it is known who asks, and as losslessly as a prompt. */
export function postWorkflow(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requirePermission(caller, 'workflow:publish')
    // What somebody else may run is what the publisher could.
    requirePermission(caller, 'graph:edit')
    requireJson(request)
    const headers = new Map(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const wanted = parseValue(wish, await createRequestBody(request, headers).json(limitBytes))
    requirePlace(caller, wanted.everybody)
    const made = await context.published.publish(caller.principal, {
      ...wanted,
      workflow: wanted.workflow,
      open: wanted.open,
    })
    const detail = { everybody: made.everybody, open: made.open.length }
    note(context, request, caller, { kind: 'workflow.published', target: made.name, detail })
    response.status(201).json(summarise(made))
  }
}

export function deleteWorkflow(context: OwnApiContext): RequestHandler<{ name: string }> {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requirePermission(caller, 'workflow:publish')
    const everybody = wantsEverybody(request) ?? false
    requirePlace(caller, everybody)
    const { name } = request.params
    if (!(await context.published.remove(caller.principal, { name, everybody }))) throw new GatehouseError('not_found')
    note(context, request, caller, { kind: 'workflow.withdrawn', target: name, detail: { everybody } })
    response.status(204).end()
  }
}

/** @throws forbidden */
function requirePlace(caller: Caller, everybody: boolean): void {
  if (everybody) requirePermission(caller, 'admin:workflows')
}

/** undefined where it was not said. @throws bad_input */
function wantsEverybody(request: Request): boolean | undefined {
  const written = readQuery(request).get('everybody')
  if (written === undefined) return undefined
  if (written === 'true' || written === 'false') return written === 'true'
  throw new GatehouseError('bad_input', { message: 'Write everybody=true or everybody=false.' })
}

function summarise({ name, everybody, open, createdAtMs }: PublishedFacts): PublishedSummary {
  return { name, everybody, open, createdAt: new Date(createdAtMs).toISOString() }
}
