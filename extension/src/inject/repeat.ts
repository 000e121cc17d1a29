/** Is an answer to be kept from the page, and is its request sent once more? The same rule for fetch and XHR. */
import type { LoginGate } from './login-gate.ts'

/** A session that dies over and over is not the page's to mend: then the page gets the answer. */
const maxAttempts = 4

/** Whether an answer with `status` and Gatehouse's own error `code` is kept back while it is decided. */
export function isKeptBack(status: number, code: string | null, attempt: number): boolean {
  if (attempt >= maxAttempts) return false
  if (status === 401) return code === 'unauthenticated'
  if (status === 409) return code === 'page_belongs_to_another'
  return status === 403 && code === 'cross_site' && attempt === 1
}

/** Waits for whatever the kept-back answer calls for; false when the page shall see it after all. */
export async function mayRepeat(status: number, gate: LoginGate): Promise<boolean> {
  // Another tab of the same person signed in anew: the cookie is fresh, the token of this page is not.
  if (status === 403) return gate.renewToken()
  await gate.pass()
  return true
}
