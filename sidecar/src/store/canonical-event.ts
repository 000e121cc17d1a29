/** How is a security event written, so that it has the same bytes everywhere? Sorted JSON in ASCII. */
import type { NewAuditEvent } from './audit-store.ts'

type Value = string | number | boolean | { readonly [name: string]: Value | undefined } | undefined

/** Members that are undefined are left out; whatever a name holds, it stays inside its quotes and on its line. */
export function canonicalEvent(
  entry: NewAuditEvent,
  names: { readonly impersonator: string | undefined; readonly tenant: string | undefined },
): string {
  const { actor, impersonatorId, tenantId } = entry
  return write({
    at: new Date(entry.atMs).toISOString(),
    kind: entry.kind,
    actor: actor === undefined ? undefined : { id: actor.id, name: actor.name },
    impersonator: impersonatorId === undefined ? undefined : { id: impersonatorId, name: names.impersonator },
    tenant: tenantId === undefined ? undefined : { id: tenantId, name: names.tenant },
    target: entry.target,
    address: entry.address,
    method: entry.method,
    requestId: entry.requestId,
    detail: entry.detail,
  })
}

function write(value: Value): string {
  if (typeof value === 'string') return ascii(JSON.stringify(value))
  if (typeof value !== 'object') return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${members.map(([name, member]) => `${ascii(JSON.stringify(name))}:${write(member)}`).join(',')}}`
}

/** Line separators, marks of direction and the like would steer who looks at the line. */
function ascii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
