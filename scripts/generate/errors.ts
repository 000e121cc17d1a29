/** What does docs/errors.md say? The closed table of error codes. */
import { errorCodes } from '../../shared/src/error-codes.ts'

export function errorsDocument(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { status, message, cure }]) => `| \`${code}\` | ${status} | ${message} | ${cure} |`,
  )
  return [
    '# Errors',
    '',
    "Written by `pnpm generate` from `shared/src/error-codes.ts`. On ComfyUI's routes an error has ComfyUI's own shape",
    '(`error.type`, `error.message`, `node_errors`); on `/gatehouse/api/v1` it is `{"error": {"type", "message", "details", "requestId"}}`.',
    'The header `X-Gatehouse-Error` names the code wherever Gatehouse itself refused.',
    '',
    '| code | status | message | cure |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
