/** What does the operator's list of passwords say now? Whoever it no longer lets in is out, wherever they were let in. */
import { readFileSync, statSync } from 'node:fs'
import { type Config, ConfigError } from '../config/config.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { createBcrypt } from '../identity/htpasswd/bcrypt.ts'
import {
  createHtpasswdSource,
  type HtpasswdSource,
  type HtpasswdSourceDependencies,
  htpasswdIssuer,
} from '../identity/htpasswd/htpasswd-source.ts'
import { type HtpasswdList, parseHtpasswd } from '../identity/htpasswd/parse-htpasswd.ts'
import type { PasswordSource } from '../identity/password-source.ts'
import type { SessionRecord, Store } from '../store/store.ts'
import { endVouched } from './end-vouched.ts'

/** A list of a hundred thousand people. */
const limitBytes = 16 * 1024 * 1024

/** Undefined where none is configured. @throws ConfigError naming every line that is wrong */
export function readHtpasswd({ auth }: Pick<Config, 'auth'>): HtpasswdList | undefined {
  const file = auth.htpasswd_file
  if (file === undefined) return undefined
  const list = parseHtpasswd(readList(file))
  if (list.problems.length === 0) return list
  throw new ConfigError(list.problems.map((problem) => `auth.htpasswd_file: ${file}, ${problem}`))
}

function readList(file: string): string {
  const size = statSync(file, { throwIfNoEntry: false })?.size
  // A file that is being written is empty for a moment, and would put everybody out.
  if (size === 0) throw wrong(`${file} is empty; write a line for each user, or a line with # to let nobody in`)
  if (size !== undefined && size > limitBytes) throw wrong(`${file} is larger than 16 MB; name a list of users`)
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw wrong(`${file} cannot be read; check the path and its permissions`)
  }
}

function wrong(problem: string): ConfigError {
  return new ConfigError([`auth.htpasswd_file: ${problem}`])
}

export interface FollowedHtpasswd {
  /** Where its passwords are proven. */
  sourceOf(parts: Pick<HtpasswdSourceDependencies, 'passwords' | 'resolveExternal'>): PasswordSource
  /** Ends what lines proved that are gone, now and after each change; the result ends it. */
  follow(store: Pick<Store, 'sessions' | 'users'>): Promise<() => void>
}

/** @throws ConfigError */
export function createFollowedHtpasswd(live: LiveConfig, failed: (error: unknown) => void): FollowedHtpasswd {
  let list = readHtpasswd(live.current())
  let file = live.current().auth.htpasswd_file
  const bcrypt = createBcrypt()
  let source: HtpasswdSource | undefined
  return {
    sourceOf: (parts) => {
      const rules = () => live.current().auth.htpasswd_accounts
      source = createHtpasswdSource({ ...parts, bcrypt, rules, current: () => list })
      return source
    },
    follow: async (store) => {
      // The file may have changed while nobody looked.
      const ending = await endVouched({ store, gone: () => goneFrom(list), takeGone: source?.takeGone, failed })
      const stop = live.onChange((config) => {
        // Another file is another list: the earlier one lets nobody in, also while this one cannot be read.
        if (config.auth.htpasswd_file !== file) list = undefined
        file = config.auth.htpasswd_file
        try {
          list = readHtpasswd(config)
        } finally {
          ending.run()
        }
      })
      return () => {
        stop()
        ending.stop()
        bcrypt.close().catch(failed)
      }
    },
  }
}

function goneFrom(list: HtpasswdList | undefined): (session: SessionRecord) => boolean {
  const kept = new Set([...(list?.entries.values() ?? [])].map(({ digest }) => digest))
  return ({ issuer, issuerSession }) =>
    issuer === htpasswdIssuer && (issuerSession === null || !kept.has(issuerSession))
}
