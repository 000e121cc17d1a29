/** What does docs/audit-events.md say? Every kind of security event, from the one table. */
import { auditKinds } from '../../sidecar/src/audit/audit.ts'

export function auditEventsDocument(): string {
  return [
    '# Security events',
    '',
    'Written by `pnpm generate` from `sidecar/src/audit/audit.ts`. How they are kept, proven and told: [audit.md](identity/audit.md).',
    '',
    '| kind | written when |',
    '|---|---|',
    ...Object.entries(auditKinds).map(([kind, sentence]) => `| \`${kind}\` | ${sentence} |`),
    '',
  ].join('\n')
}
