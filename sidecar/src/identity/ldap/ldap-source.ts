/** Whose password is in a directory of the operator? Each is asked in order; one that is down is no reason to let anybody in. */
import type { UserId } from '@gatehouse/shared/ids'
import { GatehouseError } from '../../gatehouse-error.ts'
import type { ResolveExternal } from '../external-account.ts'
import type { PasswordSource, ProvenMember } from '../password-source.ts'
import { type Directory, directoryIssuer } from './directory.ts'

export interface LdapSourceDependencies {
  /** Those that are configured now. */
  readonly directories: () => readonly Directory[]
  readonly resolveExternal: ResolveExternal
}

export interface LdapSource extends PasswordSource {
  /** Whom directories have proven whose names are configured no more; asked once. */
  takeGone(): readonly UserId[]
}

export function createLdapSource({ directories, resolveExternal }: LdapSourceDependencies): LdapSource {
  const proven = new Map<string, Set<UserId>>()
  const isConfigured = (directory: Directory): boolean => directories().includes(directory)
  const ask = async (directory: Directory, account: string, password: string): Promise<ProvenMember | undefined> => {
    const { name, accounts } = directory.settings
    const subject = await directory.prove(account, password)
    // Attack: a directory that is taken out holds back its answer until it is, and what it then proves nothing ends.
    if (subject === undefined || !isConfigured(directory)) return undefined
    const member = await resolve(() => resolveExternal(subject, accounts))
    if (member === undefined) return undefined
    proven.set(name, (proven.get(name) ?? new Set()).add(member.id))
    const issued = { issuer: directoryIssuer(name), session: account }
    return { ...member, issued, method: 'ldap', isStillMeant: () => isConfigured(directory) }
  }
  return {
    prove: async ({ account, password }) => {
      let down: GatehouseError | undefined
      for (const directory of directories()) {
        try {
          const member = await ask(directory, account, password)
          if (member !== undefined) return member
        } catch (error) {
          if (!(error instanceof GatehouseError) || error.code !== 'directory_down') throw error
          down ??= error
        }
      }
      // Nobody is told that a password is wrong which nobody could judge; the back-off counts the try all the same.
      if (down !== undefined) throw down
      return undefined
    },
    takeGone: () => {
      const names = new Set(directories().map(({ settings }) => settings.name))
      const gone = [...proven].filter(([name]) => !names.has(name))
      for (const [name] of gone) proven.delete(name)
      return [...new Set(gone.flatMap(([, people]) => [...people]))]
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
