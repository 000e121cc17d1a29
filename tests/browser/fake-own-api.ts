/** How does the fake answer `/gatehouse/api/v1/...`? With the shapes of the contract. */
import type { Me } from '@gatehouse/shared/own-api-contract'
import { csrfHeader, pageHeader } from '@gatehouse/shared/page-binding'
import { cookieName, type Exchange, openSession, sendError, sendJson, whoSent } from './fake-gatehouse.ts'

type Fields = Readonly<Record<string, unknown>>

export const setupToken = 'one-time-token'

export function answerOwnApi(exchange: Exchange, route: string, body: string): unknown {
  const { request, response, state } = exchange
  const open = openRoutes[`${request.method} ${route}`]
  if (open !== undefined) return open(exchange, parseFields(body))
  const me = whoSent(request, state)
  if (me === undefined) return sendError(response, 401, 'unauthenticated')
  const page = request.headers[pageHeader.toLowerCase()]
  if (page !== undefined && page !== me.page) return sendError(response, 409, 'page_belongs_to_another')
  // As the sidecar judges: a page of the same person is enough, otherwise the token must fit.
  const csrf = request.headers[csrfHeader.toLowerCase()]
  if (page === undefined && request.method !== 'GET' && csrf !== me.csrf) return sendError(response, 403, 'cross_site')
  const [, noun, id] = route.split('/')
  const own = ownRoutes[`${request.method} ${noun}`]
  if (own === undefined) return sendError(response, 404, 'not_found')
  return own({ ...exchange, me, id }, parseFields(body))
}

type OpenRoute = (exchange: Exchange, fields: Fields) => unknown
type OwnRoute = (exchange: Exchange & { readonly me: Me; readonly id: string | undefined }, fields: Fields) => unknown

const openRoutes: Readonly<Record<string, OpenRoute | undefined>> = {
  'POST /login': ({ response, state }, { username, password, apiKey }) => {
    const user = apiKey === 'gh_1_key-of-alice' ? 'alice' : String(username)
    const isRight = apiKey === 'gh_1_key-of-alice' || state.passwords.get(user) === password
    if (!isRight) return sendError(response, 401, 'bad_credentials', 'The name or the password is not right.')
    sendSession(response, openSession(state, user))
  },
  'GET /login-options': ({ response }) => sendJson(response, 200, { providers: [], registration: false }),
  'GET /setup': ({ response, state }) => sendJson(response, 200, { needed: state.needsSetup }),
  'POST /setup': ({ response, state }, { token, username, password }) => {
    if (token !== setupToken) return sendError(response, 403, 'bad_setup_token', 'The set-up token is not right.')
    state.needsSetup = false
    state.passwords.set(String(username), String(password))
    sendSession(response, openSession(state, String(username)))
  },
}

const ownRoutes: Readonly<Record<string, OwnRoute | undefined>> = {
  'GET me': ({ response, me }) => sendJson(response, 200, me),
  'POST logout': ({ request, response, state }) => {
    const cookie = new RegExp(`${cookieName}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1]
    state.sessions.delete(cookie ?? '')
    response.setHeader('set-cookie', `${cookieName}=; Path=/; Max-Age=0`)
    response.writeHead(204).end()
  },
  'GET queue': ({ response }) =>
    sendJson(response, 200, { pending: 2, running: 1, ahead: 3, startsInSeconds: 30, jobs: [] }),
  'GET factors': ({ response }) =>
    sendJson(response, 200, { factors: [], recoveryCodes: 0, required: false, passkeys: false }),
  'GET identities': ({ response }) => sendJson(response, 200, []),
  'GET keys': ({ response, state }) => sendJson(response, 200, [...state.keys.values()].map(describeKey)),
  'POST keys': ({ response, state }, { label }) => {
    const id = `k${state.keys.size + 1}`
    const key = { id, label: String(label) }
    state.keys.set(id, key)
    sendJson(response, 201, { ...describeKey(key), key: `gh_${id}_secret` })
  },
  'DELETE keys': ({ response, state, id }) => {
    state.keys.delete(id ?? '')
    response.writeHead(204).end()
  },
  'GET sessions': ({ response, state, me }) => {
    const own = [...state.sessions].filter(([, one]) => one.user === me.user)
    sendJson(
      response,
      200,
      own.map(([id, one]) => describeSession(id, one === me)),
    )
  },
  'DELETE sessions': ({ response, state, me, id }) => {
    const ids = id === undefined ? [...state.sessions.keys()] : [id]
    for (const one of ids) if (state.sessions.get(one)?.user === me.user) state.sessions.delete(one)
    response.writeHead(204).end()
  },
  'POST password': ({ response, state, me }, { current, password }) => {
    if (state.passwords.get(me.user) !== current) return sendError(response, 401, 'bad_credentials')
    state.passwords.set(me.user, String(password))
    response.writeHead(204).end()
  },
}

function describeKey(key: { readonly id: string; readonly label: string }) {
  return { ...key, createdAt: '2026-11-20T10:00:00.000Z', expiresAt: null, lastUsedAt: '2026-11-21T09:30:00.000Z' }
}

function describeSession(id: string, current: boolean) {
  const userAgent =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
  const times = {
    createdAt: '2026-11-20T10:00:00.000Z',
    lastSeenAt: '2026-11-21T09:30:00.000Z',
    expiresAt: '2026-12-20T10:00:00.000Z',
  }
  return { id, current, userAgent, address: '192.0.2.7', method: 'password', ...times }
}

function sendSession(
  response: Exchange['response'],
  { cookie, me }: { readonly cookie: string; readonly me: Me },
): void {
  response.setHeader('set-cookie', `${cookieName}=${cookie}; Path=/; HttpOnly; SameSite=Strict`)
  sendJson(response, 200, me)
}

function parseFields(body: string): Fields {
  const value: unknown = body === '' ? {} : JSON.parse(body)
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}
