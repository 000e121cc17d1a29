/** How is a security event told to syslog? One line by RFC 5424, in ASCII, with its number and hash. */
import type { AuditRow } from '../store/audit-store.ts'

export interface SyslogSource {
  readonly hostname: string
  readonly processId: number
}

/** RFC 5424 6.2.1: facility 13 is "log audit". */
const facility = 13
const warning = 4
const notice = 5

export function syslogLine(row: AuditRow, { hostname, processId }: SyslogSource): string {
  const severity = /\.(?:refused|conflicted|leaked|lost|reported)$/.test(row.kind) ? warning : notice
  const header = [
    `<${facility * 8 + severity}>1`,
    new Date(row.atMs).toISOString(),
    headerText(hostname, 255),
    'gatehouse',
    String(processId),
    headerText(row.kind, 32),
    '-',
  ].join(' ')
  return `${header} {"seq":${row.seq},"hash":"${row.hash}","event":${row.event}}`
}

/** PRINTUSASCII without spaces, or the dash that stands for nothing (RFC 5424 6). */
function headerText(text: string, limit: number): string {
  return text.replace(/[^\x21-\x7e]/g, '').slice(0, limit) || '-'
}
