/** Who is shown the way to `/admin`? Whoever may see who else there is, as themselves. The sidecar judges what is done there. */
import type { Me } from './own-api-contract.ts'

export function mayAdminister({ permissions, impersonator }: Pick<Me, 'permissions' | 'impersonator'>): boolean {
  return impersonator === undefined && (permissions.includes('admin:users') || permissions.includes('users:read'))
}
