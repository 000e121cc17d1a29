/** May anything be opened or changed while nobody can write it down? No; ending a session or a key always may. */
import { apiBase } from '@gatehouse/shared/own-api-contract'
import type { Request, RequestHandler } from 'express'
import { GatehouseError } from '../gatehouse-error.ts'
import type { OwnApiContext } from './context.ts'

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
const endings =
  /^(?:POST \/(?:logout|token\/revoke|leaked-keys)|DELETE \/(?:sessions|keys|invitations|device-links)(?:\/[^/]*)?)$/
/** What people who are in do all the time, and what nobody writes down. */
const unrecorded = /^(?:POST \/(?:tickets|token\/refresh|passkey\/options)|DELETE \/files)$/

/** What is written down however often somebody does it, and then summed up (audit/bound-repeats.ts). */
const repeatable = /^POST \/(?:elevate|password)$/

/** @throws audit_unavailable */
export function requireAudit({ audit }: Pick<OwnApiContext, 'audit'>): RequestHandler {
  return (request, _response, next) => {
    if (isRecorded(request) && !audit.isWritable()) throw new GatehouseError('audit_unavailable')
    next()
  }
}

/** Whether it is a change that counts: what ends something is never refused for its number, and neither is a new proof. */
export function isCountedChange(request: Request): boolean {
  return isRecorded(request) && !repeatable.test(whatOf(request))
}

function isRecorded(request: Request): boolean {
  const what = whatOf(request)
  return !reading.has(request.method) && !endings.test(what) && !unrecorded.test(what)
}

function whatOf(request: Request): string {
  const path = request.originalUrl.split('?', 1)[0] ?? ''
  return path.startsWith(apiBase) ? `${request.method} ${path.slice(apiBase.length)}` : ''
}
