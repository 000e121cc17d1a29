/** What does the body of an own request say? JSON of a known shape, or a refusal that names the field. */
import express, { type Request, type RequestHandler } from 'express'
import type { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'

const limitBytes = 16 * 1024

/** A form of another site can send any body but JSON without asking first. @throws json_required */
export function requireJson({ headers }: Pick<Request, 'headers'>): void {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (hasBody && type !== 'application/json') throw new GatehouseError('json_required')
}

/** @throws json_required */
export const onlyJson: readonly RequestHandler[] = [
  (request, _response, next) => {
    requireJson(request)
    next()
  },
  express.json({ limit: limitBytes, inflate: false, strict: true, type: 'application/json' }),
]

/** @throws bad_input naming the first wrong field */
export function parseBody<Shape extends z.ZodType>(shape: Shape, request: Request): z.infer<Shape> {
  return parseValue(shape, request.body ?? {})
}

/** @throws bad_input naming the first wrong field */
export function parseValue<Shape extends z.ZodType>(shape: Shape, value: unknown): z.infer<Shape> {
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  const field = parsed.error.issues[0]?.path.join('.') ?? ''
  throw new GatehouseError('bad_input', {
    message: field === '' ? 'The body has a wrong form.' : `The field "${field}" is missing or has a wrong value.`,
  })
}
