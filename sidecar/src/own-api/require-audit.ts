/** May anything be opened or changed while nobody can write it down? No; ending a session or a key always may. */
import { apiBase } from '@gatehouse/shared/own-api-contract'
import type { RequestHandler } from 'express'
import { GatehouseError } from '../gatehouse-error.ts'
import type { OwnApiContext } from './context.ts'

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
const endings =
  /^(?:POST \/(?:logout|token\/revoke|leaked-keys)|DELETE \/(?:sessions|keys|tokens|invitations)(?:\/[^/]*)?)$/

/** @throws audit_unavailable */
export function requireAudit({ audit }: Pick<OwnApiContext, 'audit'>): RequestHandler {
  return (request, _response, next) => {
    const path = request.originalUrl.split('?', 1)[0] ?? ''
    const isEnding = path.startsWith(apiBase) && endings.test(`${request.method} ${path.slice(apiBase.length)}`)
    if (!reading.has(request.method) && !isEnding && !audit.isWritable()) throw new GatehouseError('audit_unavailable')
    next()
  }
}
