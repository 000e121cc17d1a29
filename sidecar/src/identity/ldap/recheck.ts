/** Is the person still somebody in the directory? Asked every so often as bind_dn, without their password. */
import type { UserId } from '@gatehouse/shared/ids'
import { GatehouseError } from '../../gatehouse-error.ts'
import type { SessionRecord, Store } from '../../store/store.ts'
import type { ResolveExternal } from '../external-account.ts'
import { type Directory, directoryIssuer } from './directory.ts'

export interface LdapRecheckDependencies {
  readonly store: Pick<Store, 'sessions' | 'users'>
  readonly directories: () => readonly Directory[]
  readonly resolveExternal: ResolveExternal
  readonly now: () => number
  /** Told whose session was ended. */
  readonly ended: (session: SessionRecord, directory: Directory) => void
  readonly failed: (error: unknown) => void
}

export interface LdapRecheck {
  /** Asks about everybody whose time has come, one after the other. Never throws. */
  run(): Promise<void>
}

/** One person, however many sessions they have. */
interface Person {
  readonly userId: UserId
  /** What was typed; null for a session of a version that did not keep it. */
  readonly account: string | null
  readonly sessions: readonly SessionRecord[]
}

export function createLdapRecheck(dependencies: LdapRecheckDependencies): LdapRecheck {
  const { store, directories, now, failed } = dependencies
  const askedAtMs = new Map<string, number>()
  const checkAll = async (directory: Directory, every: number, open: readonly SessionRecord[]): Promise<void> => {
    for (const [key, person] of peopleOf(directory, open)) {
      const sinceMs = askedAtMs.get(key) ?? Math.min(...person.sessions.map(({ createdAtMs }) => createdAtMs))
      if (now() - sinceMs < every) continue
      askedAtMs.set(key, now())
      const verdict = await ask(dependencies, directory, person)
      // Down is not no: everybody is asked about again when the next time has come.
      if (verdict === 'down') {
        for (const other of peopleOf(directory, open).keys()) askedAtMs.set(other, now())
        return
      }
      if (verdict === 'gone') await end(dependencies, directory, person)
    }
  }
  return {
    run: async () => {
      if (directories().every(({ settings }) => settings.recheck === undefined)) return askedAtMs.clear()
      try {
        const open = (await store.sessions.list()).filter(({ issuer }) => issuer?.startsWith('ldap:') === true)
        const known = new Set(directories().flatMap((directory) => [...peopleOf(directory, open).keys()]))
        for (const key of askedAtMs.keys()) if (!known.has(key)) askedAtMs.delete(key)
        for (const directory of directories()) {
          const { recheck: every } = directory.settings
          if (every !== undefined) await checkAll(directory, every, open).catch(failed)
        }
      } catch (error) {
        failed(error)
      }
    },
  }
}

function peopleOf({ settings }: Directory, open: readonly SessionRecord[]): ReadonlyMap<string, Person> {
  const issuer = directoryIssuer(settings.name)
  const people = new Map<string, Person>()
  for (const session of open.filter((one) => one.issuer === issuer)) {
    const { userId, issuerSession: account } = session
    const key = JSON.stringify([issuer, userId, account])
    people.set(key, { userId, account, sessions: [...(people.get(key)?.sessions ?? []), session] })
  }
  return people
}

async function ask(
  { resolveExternal }: LdapRecheckDependencies,
  directory: Directory,
  { userId, account }: Person,
): Promise<'there' | 'gone' | 'down'> {
  // Who cannot be asked about logs in again.
  if (account === null) return 'gone'
  try {
    const subject = await directory.lookUp(account)
    if (subject === undefined) return 'gone'
    // Changes the role with the groups.
    const member = await resolveExternal(subject, directory.settings.accounts)
    return member.id === userId && member.state === 'active' ? 'there' : 'gone'
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error
    if (error.code === 'unauthenticated') return 'gone'
    if (error.code === 'directory_down') return 'down'
    throw error
  }
}

/** With what a remembered password opens. */
async function end(
  { store, ended }: LdapRecheckDependencies,
  directory: Directory,
  { userId, sessions }: Person,
): Promise<void> {
  for (const session of sessions) if (await store.sessions.revoke(session.hash)) ended(session, directory)
  await store.users.endForeignPassword(userId)
}
