/** Who is cut off when the configuration takes strangers for somebody else, or for nobody? Every guest's socket. */
import { isDeepStrictEqual } from 'node:util'
import type { LiveConfig } from '../config/live-config.ts'
import type { Hub } from '../hub/hub.ts'
import { isGuestCredential } from '../identity/guest.ts'

/** The result ends it. */
export function followGuest(live: LiveConfig, hub: Pick<Hub, 'close'>): () => void {
  let earlier = live.current().auth.guest
  return live.onChange(({ auth }) => {
    const isSame = isDeepStrictEqual(earlier, auth.guest)
    earlier = auth.guest
    if (!isSame) hub.close(({ credentialId }) => isGuestCredential(credentialId))
  })
}
