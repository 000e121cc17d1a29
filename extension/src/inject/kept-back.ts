/** Is an answer kept from the page until its person is signed in again? The same rule for fetch and XHR. */

/** A session that dies over and over is not the page's to mend: then the page gets the answer. */
const maxAttempts = 4

/** Whether an answer with `status` and Gatehouse's own error `code` to attempt number `attempt` is kept back. */
export function isKeptBack(status: number, code: string | null, attempt: number): boolean {
  if (attempt >= maxAttempts) return false
  return status === 401 ? code === 'unauthenticated' : status === 409 && code === 'page_belongs_to_another'
}
