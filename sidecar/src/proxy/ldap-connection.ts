/** How is a directory spoken to? One connection, encrypted before anything secret crosses it, and never silently opened again. */
import { connect, isIP } from 'node:net'
import { Client, InvalidCredentialsError, ResultCodeError } from 'ldapts'

export interface LdapAddress {
  readonly url: string
  readonly startTls: boolean
  /** PEM; undefined: the authorities of Node. */
  readonly authority: string | undefined
}

export type LdapEntry = Readonly<Record<string, readonly (string | Buffer)[]>> & { readonly dn: readonly string[] }

export interface LdapConnection {
  /** False when the directory says that name and password do not belong together. @throws when it says nothing of that */
  bind(dn: string, password: string): Promise<boolean>
  /** Two entries at most where one is looked for. Pointers to other directories are not followed. */
  search(base: string, options: LdapSearch): Promise<readonly LdapEntry[]>
  close(): void
}

export interface LdapSearch {
  readonly scope: 'base' | 'sub'
  readonly filter: string
  readonly attributes: readonly string[]
  /** Attributes whose values are bytes. */
  readonly binary?: readonly string[]
  readonly limitCount: number
}

export type OpenLdap = (address: LdapAddress) => Promise<LdapConnection>

const timeoutMs = 5_000
/** Answers that are about the directory and not about the person (RFC 4511 A.1). */
const aboutDirectory: ReadonlySet<number> = new Set([1, 2, 3, 7, 8, 10, 11, 13, 51, 52, 80])

export const openLdap: OpenLdap = async ({ url, startTls, authority }) => {
  const { hostname } = new URL(url)
  const host = hostname.replace(/^\[(.+)\]$/, '$1')
  const tls = {
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(authority === undefined ? {} : { ca: authority }),
  }
  let isOpened = false
  const client = new Client({
    url,
    ...{ timeout: timeoutMs, connectTimeout: timeoutMs, strictDN: false },
    ...(url.startsWith('ldaps:') ? { tlsOptions: tls } : {}),
    // Attack: whoever cuts an upgraded connection would have the library open another one, in clear, and bind on it.
    createConnection: ((port: number, name: string) => {
      if (isOpened) throw new Error('the directory ended the connection')
      isOpened = true
      return connect(port, name)
    }) as typeof connect,
  })
  const close = (): void => void client.unbind().catch(() => undefined)
  try {
    if (startTls) await inTime(client.startTLS(tls))
  } catch (error) {
    close()
    throw error
  }
  return {
    bind: async (dn, password) => {
      // RFC 4513 5.1.2: with an empty password a directory lets anybody be nobody, and calls that a success.
      if (dn === '' || password === '') return false
      try {
        await inTime(client.bind(dn, password))
        return true
      } catch (error) {
        if (error instanceof InvalidCredentialsError) return false
        if (error instanceof ResultCodeError && !aboutDirectory.has(error.code)) return false
        throw error
      }
    },
    search: async (base, { scope, filter, attributes, binary = [], limitCount }) => {
      const { searchEntries } = await inTime(
        client.search(base, {
          ...{ scope, filter, sizeLimit: limitCount, timeLimit: timeoutMs / 1_000, derefAliases: 'never' },
          attributes: [...attributes],
          explicitBufferAttributes: [...binary],
        }),
      )
      return searchEntries.map((entry) =>
        parseEntry(Object.entries(entry).map(([name, value]) => [name.toLowerCase(), [value].flat()])),
      )
    },
    close,
  }
}

function parseEntry(members: readonly (readonly [string, readonly (string | Buffer)[]])[]): LdapEntry {
  return Object.fromEntries(members) as LdapEntry
}

/** Also where the library waits without an end: in a handshake. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('the directory did not answer in time')), timeoutMs)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    work.catch(() => undefined)
  }
}
