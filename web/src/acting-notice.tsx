/** Am I really this person? Says so when an administrator acts in their place. */
import type { Me } from '@gatehouse/shared/own-api-contract'

export function ActingNotice({ me }: { readonly me: Me }) {
  if (me.impersonator === undefined) return null
  return (
    <p class="notice acting" role="alert">
      You are {me.impersonator}, acting in the place of {me.user}. Everything you do is written down under both names.
      Sign out to end this.
    </p>
  )
}
