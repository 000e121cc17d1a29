/** Which user does an argument name? One who exists, or a sentence. */
import { canonicalUserName } from '../identity/user-name.ts'
import type { Member } from '../store/store.ts'
import { badInput, type CommandIo } from './output.ts'

/** @throws bad_input */
export async function getNamedUser({ store }: CommandIo, name: string): Promise<Member> {
  const canonical = canonicalUserName(name)
  const member = canonical === undefined ? undefined : await store.users.findByName(canonical)
  if (member === undefined) throw badInput(`There is no user "${name}". See them with: gatehouse user list`)
  return member
}

/** The one name after the command. @throws bad_input */
export function onlyName(positionals: readonly string[], what: string): string {
  const [name, ...rest] = positionals
  if (name === undefined || name === '' || rest.length > 0) throw badInput(`Name one ${what}.`)
  return name
}

/** @throws bad_input */
export function canonicalName(text: string): string {
  const name = canonicalUserName(text)
  if (name !== undefined) return name
  throw badInput(
    `"${text.slice(0, 128)}" cannot be a name. Use 1 to 128 letters and digits of one script, joined by single spaces or any of . _ @ + ' -`,
  )
}
