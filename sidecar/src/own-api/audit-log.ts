/** What happened here? A page of security events, newest first, for whoever may see them. */
import type { AuditPage } from '@gatehouse/shared/audit-contract'
import type { RequestHandler } from 'express'
import { parseAuditKind } from '../audit/audit.ts'
import { parseEvent } from '../audit/written-event.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import type { AuditQuery } from '../store/audit-store.ts'
import { readQuery, requireCaller, requireFreshProof, requirePermission } from './caller.ts'
import type { OwnApiContext } from './context.ts'

const defaultLimitCount = 100
const limitCount = 1_000

export function getAudit(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requirePermission(caller, 'admin:audit')
    requireFreshProof(context, caller)
    const query = readFilter(readQuery(request))
    const rows = await context.store.audit.page(query)
    const page: AuditPage = {
      events: rows.map(({ seq, event }) => ({ number: seq, ...parseEvent(event) })),
      next: rows.length < query.limit ? null : (rows.at(-1)?.seq ?? null),
    }
    response.json(page)
  }
}

/** @throws bad_input naming the parameter */
function readFilter(query: ReadonlyMap<string, string>): AuditQuery {
  const kind = query.get('kind')
  if (kind !== undefined && parseAuditKind(kind) === undefined) throw wrong('kind', 'a kind of docs/identity/audit.md')
  return {
    from: { before: readNumber(query, 'before', Number.MAX_SAFE_INTEGER) },
    limit: readNumber(query, 'limit', limitCount) ?? defaultLimitCount,
    kind,
    name: query.get('user'),
    sinceMs: readTime(query, 'since'),
    untilMs: readTime(query, 'until'),
  }
}

function readNumber(query: ReadonlyMap<string, string>, name: string, most: number): number | undefined {
  const text = query.get(name)
  if (text === undefined) return undefined
  const value = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN
  if (value <= most) return value
  throw wrong(name, `a number from 1 to ${most}`)
}

function readTime(query: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = query.get(name)
  const atMs = text === undefined ? undefined : /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(atMs)) throw wrong(name, 'a time such as 2026-11-01T08:00:00Z')
  return atMs
}

function wrong(name: string, what: string): GatehouseError {
  return new GatehouseError('bad_input', { message: `The parameter ${name} must be ${what}.` })
}
