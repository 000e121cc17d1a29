/** What may a new user or tenant be called? The canonical form, or a sentence that says what is allowed. */
import { GatehouseError } from '../gatehouse-error.ts'
import { canonicalUserName } from '../identity/user-name.ts'

/** @throws bad_input */
export function parseNewName(text: string): string {
  const name = canonicalUserName(text)
  if (name !== undefined) return name
  throw new GatehouseError('bad_input', {
    message: "A name is 1 to 128 letters and digits of one script, joined by single spaces or any of . _ @ + ' -",
  })
}
