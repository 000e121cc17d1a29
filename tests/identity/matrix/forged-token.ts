/** How does a test make a token of a program that is over? Under the instance's own secret, so that nothing but the time is wrong. */
import { createSessionTokens } from '../../../sidecar/src/identity/session-token.ts'
import type { Store } from '../../../sidecar/src/store/store.ts'

export function sessionTokensOf({ secrets }: Pick<Store, 'secrets'>) {
  return {
    /** Of the same session as `access`, which is right. */
    expired: async (access: string): Promise<string> => {
      const keys = await secrets.load('session-token')
      const [instance] = await secrets.load('instance')
      const tokens = createSessionTokens({ secret: { current: () => keys }, instanceId: instance.id, now: Date.now })
      const claims = await tokens.verify(access)
      if (claims === undefined) throw new Error('this is no token of the instance')
      return tokens.sign({ ...claims, expiresAtMs: Date.now() - 60_000 })
    },
  }
}
