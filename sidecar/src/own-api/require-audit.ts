/** May anything be opened or changed while nobody can write it down? No; ending a session or a key always may. */
import { apiBase } from '@gatehouse/shared/own-api-contract'
import type { RequestHandler } from 'express'
import { GatehouseError } from '../gatehouse-error.ts'
import type { OwnApiContext } from './context.ts'

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
const endings =
  /^(?:POST \/(?:logout|token\/revoke|leaked-keys)|DELETE \/(?:sessions|keys|invitations|device-links)(?:\/[^/]*)?)$/
/** What people who are in do all the time, and what nobody writes down. */
const unrecorded = /^(?:POST \/(?:tickets|token\/refresh|passkey\/options)|DELETE \/files)$/

/** @throws audit_unavailable */
export function requireAudit({ audit }: Pick<OwnApiContext, 'audit'>): RequestHandler {
  return (request, _response, next) => {
    const path = request.originalUrl.split('?', 1)[0] ?? ''
    const what = path.startsWith(apiBase) ? `${request.method} ${path.slice(apiBase.length)}` : ''
    const goesOn = reading.has(request.method) || endings.test(what) || unrecorded.test(what)
    if (!goesOn && !audit.isWritable()) throw new GatehouseError('audit_unavailable')
    next()
  }
}
