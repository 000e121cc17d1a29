/** What does a test of logins at a provider stand on? A sidecar, a real provider, and people who walk between the two. */
import { type Configured, type ConfiguredOptions, startConfigured } from '../support/configured.ts'
import type { Walker } from '../support/cookie-jar.ts'
import { clientId, type OidcIssuer, type OidcIssuerOptions, startOidcIssuer } from '../support/oidc-issuer.ts'

export interface CompanyLogin extends AsyncDisposable {
  readonly gatehouse: Configured
  readonly issuer: OidcIssuer
  readonly api: string
  /** Goes to the provider and logs in there; where it sends the browser back to. */
  logsInThere(walker: Walker, as: string, start?: string): Promise<string>
  /** All the way back: the page that the browser ends on, and who is signed in then. */
  logsIn(
    walker: Walker,
    as: string,
    start?: string,
  ): Promise<{ readonly page: string; readonly user: string | undefined }>
  me(walker: Walker): Promise<string | undefined>
}

/** The `auth.oidc` entry that tests vary. */
export function companyYaml(issuer: string, more = ''): string {
  return `auth:
  oidc:
    - name: company
      label: Company login
      issuer: ${issuer}
      client_id: ${clientId}
${more}`
}

export async function startCompanyLogin(
  yamlOf: (issuer: string) => string = (issuer) => companyYaml(issuer),
  { variables = {}, ...options }: OidcIssuerOptions & ConfiguredOptions = {},
): Promise<CompanyLogin> {
  const issuer = await startOidcIssuer()
  const gatehouse = await startConfigured(yamlOf(issuer.url), { variables })
  issuer.admit(gatehouse.address, options)
  const api = `${gatehouse.address}/gatehouse/api/v1`
  const me = async (walker: Walker): Promise<string | undefined> => {
    const answer = await walker.go(`${api}/me`)
    const body: unknown = await answer.json()
    const user = typeof body === 'object' && body !== null ? Reflect.get(body, 'user') : undefined
    return typeof user === 'string' ? user : undefined
  }
  const logsInThere = async (walker: Walker, as: string, start = `${api}/oidc/company/login?next=%2Fgraph`) => {
    const toProvider = await walker.go(start)
    return walkThere(walker, issuer.url, locationOf(toProvider, start), as)
  }
  return {
    gatehouse,
    issuer,
    api,
    me,
    logsInThere,
    logsIn: async (walker, as, start) => {
      const callback = await logsInThere(walker, as, start)
      const back = await walker.go(callback, { fromElsewhere: true })
      return { page: locationOf(back, callback), user: await me(walker) }
    },
    [Symbol.asyncDispose]: async () => {
      await gatehouse[Symbol.asyncDispose]()
      await issuer[Symbol.asyncDispose]()
    },
  }
}

/** Follows the provider's own redirects and fills its form, until it sends the browser elsewhere. */
export async function walkThere(walker: Walker, provider: string, start: string, as: string): Promise<string> {
  let at = start
  for (let step = 0; step < 12; step += 1) {
    if (new URL(at).origin !== provider) return at
    const answer = await walker.go(at)
    at = answer.status === 200 ? await fillForm(walker, at, as) : locationOf(answer, at)
  }
  throw new Error(`the provider sends people in circles: ${at}`)
}

async function fillForm(walker: Walker, at: string, as: string): Promise<string> {
  const body = new URLSearchParams(as === '' ? { go: 'no' } : { login: as, go: 'yes' })
  return locationOf(await walker.go(at, { method: 'POST', body }), at)
}

export function locationOf(answer: Response, base: string): string {
  const location = answer.headers.get('location')
  if (location === null) throw new Error(`${base} answered ${answer.status} and leads nowhere`)
  return new URL(location, base).href
}
