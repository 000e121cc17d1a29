/** Who is cut off when the lists of addresses change? Open sockets of whoever may not come from there any more. */
import type { LiveConfig } from '../config/live-config.ts'
import type { Hub } from '../hub/hub.ts'
import type { AddressGate } from '../identity/address-lists.ts'

export interface AddressesDependencies {
  readonly live: LiveConfig
  readonly addresses: Pick<AddressGate, 'mayCome'>
  readonly hub: Pick<Hub, 'close'>
}

/** The result ends it. */
export function followAddresses({ live, addresses, hub }: AddressesDependencies): () => void {
  return live.onChange(() => hub.close(({ address, role }) => !addresses.mayCome(address, role)))
}
