/** Whose password is in a directory of the operator? Each is asked in order; one that is down is no reason to let anybody in. */
import { GatehouseError } from '../../gatehouse-error.ts'
import type { ResolveExternal } from '../external-account.ts'
import type { PasswordSource, ProvenMember } from '../password-source.ts'
import { type Directory, directoryIssuer } from './directory.ts'

export interface LdapSourceDependencies {
  /** Those that are configured now. */
  readonly directories: () => readonly Directory[]
  readonly resolveExternal: ResolveExternal
}

export function createLdapSource({ directories, resolveExternal }: LdapSourceDependencies): PasswordSource {
  const ask = async (directory: Directory, account: string, password: string): Promise<ProvenMember | undefined> => {
    const { name, accounts } = directory.settings
    const subject = await directory.prove(account, password)
    if (subject === undefined) return undefined
    const member = await resolve(() => resolveExternal(subject, accounts))
    return member === undefined ? undefined : { ...member, issued: { issuer: directoryIssuer(name), session: null } }
  }
  return {
    prove: async ({ account, password }) => {
      let down: GatehouseError | undefined
      for (const directory of directories()) {
        try {
          const proven = await ask(directory, account, password)
          if (proven !== undefined) return proven
        } catch (error) {
          if (!(error instanceof GatehouseError) || error.code !== 'directory_down') throw error
          down ??= error
        }
      }
      // Nobody is told that a password is wrong which nobody could judge; the back-off counts the try all the same.
      if (down !== undefined) throw down
      return undefined
    },
  }
}

/** Who may not come in learns no more than who has a wrong password. */
async function resolve<T>(find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'unauthenticated') return undefined
    throw error
  }
}
