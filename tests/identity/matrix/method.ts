/** What does the matrix have to know of one way to prove oneself? Its carriers, and what is right and wrong of it. */
import type { IdentityMethod } from '@gatehouse/shared/principal'
import { ask, type Door, type Headers } from './ask.ts'
import type { RowClass, Side } from './rows.ts'
import type { Role, Site } from './site.ts'

export const states = ['valid', 'expired', 'revoked', 'foreign', 'malformed'] as const
export type State = (typeof states)[number]
export type WrongState = Exclude<State, 'valid'>

/** What a request has of it. */
export interface Carried {
  readonly headers?: Headers
  readonly query?: string
  readonly certificate?: string
  readonly from?: string
}

/** How the secret travels. */
export type Carry = (secret: string, door: Door) => Carried

/** One secret, or one for each cell. */
export type Secret = string | ((rowClass: RowClass, side: Side) => Promise<string>)

export interface Wrong {
  readonly secret: Secret
  /** Another way to carry it. */
  readonly carry?: Carry
  /** Right until then: it lets in before, and not after. */
  readonly end?: () => Promise<unknown>
  /** Counts as if it were not there: with another credential beside it that one proves somebody, alone it is a stranger's. */
  readonly isSilent?: boolean
  /** A cell has its own address, since wrong passwords have to wait. */
  readonly isGuess?: boolean
  /** 401 unless documented otherwise. */
  readonly status?: 400
}

export interface Method {
  readonly name: IdentityMethod
  /** What is told apart of one method. */
  readonly kind: string
  readonly carriers: Readonly<Record<string, Carry>>
  /** Who is proven. */
  readonly people: Readonly<Partial<Record<Role, string>>>
  readonly door: (site: Site) => Door
  /** Asked only when nothing proves anybody. */
  readonly isStranger?: boolean
  readonly valid: (site: Site, role: Role) => Promise<Secret>
  /** Or why there is nothing of this kind. */
  readonly wrong: Readonly<Record<WrongState, ((site: Site) => Promise<Wrong>) | string>>
  /** Why it cannot be tried on this machine, in a sentence. */
  readonly missing?: string | undefined
  /** Rows that it opens; all of them when left out. */
  readonly opens?: (rowClass: RowClass) => boolean
}

export const asBearer: Readonly<Record<string, Carry>> = {
  'Authorization: Bearer': (secret) => ({ headers: { authorization: `Bearer ${secret}` } }),
}
export const asToken: Readonly<Record<string, Carry>> = {
  ...asBearer,
  'X-API-Key': (secret) => ({ headers: { 'x-api-key': secret } }),
  '?api_key=': (secret) => ({ query: `api_key=${secret}` }),
  '?token=': (secret) => ({ query: `token=${secret}` }),
  '?ticket=': (secret) => ({ query: `ticket=${secret}` }),
}
export const asBasic: Readonly<Record<string, Carry>> = {
  'Authorization: Basic': (secret) => ({ headers: { authorization: `Basic ${secret}` } }),
}

/** As the pages of this site ask. */
export function ownPage(door: Door): Headers {
  return { origin: door.url, 'sec-fetch-site': 'same-origin' }
}

export const api = '/gatehouse/api/v1'

export async function post(door: Door, path: string, body: object, headers: Headers = {}): Promise<string> {
  const bytes = Buffer.from(JSON.stringify(body))
  const sent = { method: 'POST', path: `${api}${path}`, body: { type: 'application/json', bytes }, headers }
  const { status, text } = await ask(door, sent)
  if (status >= 300) throw new Error(`${path}: ${status} ${text}`)
  return text
}

export function basicPair(name: string, password: string): string {
  return Buffer.from(`${name}:${password}`).toString('base64')
}

/** With its last letter changed. */
export function altered(text: string): string {
  return `${text.slice(0, -2)}${text.at(-2) === 'A' ? 'B' : 'A'}${text.at(-1)}`
}
