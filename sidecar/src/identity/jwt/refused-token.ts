/** What does somebody hear whose token is not accepted? The same sentence, whatever is wrong with it. */
import { GatehouseError } from '../../gatehouse-error.ts'

/** RFC 6750 section 3.1. */
const challenge = 'Bearer realm="Gatehouse", error="invalid_token"'

/** `detail` goes to the log only: whoever forges tokens must not learn how far they came. */
export function refusedToken(detail: string): GatehouseError {
  return new GatehouseError('unauthenticated', {
    message: 'The token is not accepted.',
    detail: `token: ${detail}`,
    headers: { 'www-authenticate': challenge },
  })
}
