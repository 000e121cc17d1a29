/** How does a browser without pages walk from site to site? It keeps cookies by host and port, follows nothing by itself. */

export interface Walker {
  /** One request with the cookies of its origin; another site's link brings no Strict ones. */
  go(url: string, init?: RequestInit & { readonly fromElsewhere?: boolean }): Promise<Response>
  cookies(origin: string): ReadonlyMap<string, string>
  forget(origin: string, name: string): void
  put(origin: string, name: string, value: string): void
}

interface Kept {
  readonly value: string
  readonly isStrict: boolean
}

export function createWalker(): Walker {
  const jars = new Map<string, Map<string, Kept>>()
  const jarOf = (origin: string): Map<string, Kept> => {
    const jar = jars.get(origin) ?? new Map<string, Kept>()
    jars.set(origin, jar)
    return jar
  }
  return {
    cookies: (origin) => new Map([...jarOf(origin)].map(([name, { value }]) => [name, value])),
    forget: (origin, name) => void jarOf(origin).delete(name),
    put: (origin, name, value) => void jarOf(origin).set(name, { value, isStrict: false }),
    go: async (url, { fromElsewhere = false, ...init } = {}) => {
      const { origin } = new URL(url)
      const jar = jarOf(origin)
      const sent = [...jar].filter(([, { isStrict }]) => !(fromElsewhere && isStrict))
      const headers = new Headers(init.headers)
      if (sent.length > 0) headers.set('cookie', sent.map(([name, { value }]) => `${name}=${value}`).join('; '))
      if (fromElsewhere) headers.set('sec-fetch-site', 'cross-site')
      const response = await fetch(url, { redirect: 'manual', ...init, headers })
      for (const line of response.headers.getSetCookie()) keep(jar, line)
      return response
    },
  }
}

function keep(jar: Map<string, Kept>, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const name = pair.slice(0, pair.indexOf('='))
  const value = pair.slice(pair.indexOf('=') + 1)
  const expires = attributes.find((one) => /^expires=/i.test(one))?.slice('expires='.length)
  const isOver = value === '' || (expires !== undefined && Date.parse(expires) <= Date.now())
  if (isOver) jar.delete(name)
  else jar.set(name, { value, isStrict: attributes.some((one) => /^samesite=strict$/i.test(one)) })
}
