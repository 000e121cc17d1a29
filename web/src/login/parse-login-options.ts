/** Is this answer what the login page may offer? Providers without a usable name are left out. */
import type { LoginOptions } from '@gatehouse/shared/own-api-contract'
import { type Fields, parseFields } from '@gatehouse/shared/parse-fields'
import { parseEntries } from '../parse-entries.ts'

export function parseLoginOptions(value: unknown): LoginOptions {
  const { providers, registration } = parseFields(value)
  return { providers: parseEntries(providers, parseProvider), registration: registration === true }
}

function parseProvider({ name, label }: Fields): LoginOptions['providers'][number] | undefined {
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name) || typeof label !== 'string') return undefined
  return { name, label }
}
