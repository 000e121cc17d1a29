/** Is this answer what the login page may offer? Providers without a usable name are left out. */
import type { LoginOptions } from '@gatehouse/shared/own-api-contract'

export function parseLoginOptions(value: unknown): LoginOptions {
  const list: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'providers') : undefined
  const registration = typeof value === 'object' && value !== null && Reflect.get(value, 'registration') === true
  return { providers: Array.isArray(list) ? list.flatMap(parseProvider) : [], registration }
}

function parseProvider(entry: unknown): LoginOptions['providers'] {
  if (typeof entry !== 'object' || entry === null) return []
  const [name, label]: readonly unknown[] = [Reflect.get(entry, 'name'), Reflect.get(entry, 'label')]
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name) || typeof label !== 'string') return []
  return [{ name, label }]
}
