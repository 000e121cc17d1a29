/** Does this page belong to this person, and this request to this session? Keyed references that reveal neither. */
import { createHmac } from 'node:crypto'
import type { SessionHash } from '@gatehouse/shared/ids'
import type { Principal } from '@gatehouse/shared/principal'
import { GatehouseError } from '../gatehouse-error.ts'
import type { InstanceSecret, SecretKeys } from '../store/secrets.ts'
import { isSameDigest } from './constant-time.ts'

type Person = Pick<Principal, 'userId' | 'tenant'>

export interface PageBinding {
  /** Stable per person, whatever the session. */
  pageReference(person: Person): string
  isPageReference(text: string, person: Person): boolean
  csrfToken(session: SessionHash): string
  isCsrfToken(text: string, session: SessionHash): boolean
}

/** The first key of each list makes references; all of them verify, so that secrets rotate with overlap, and asked for each time. */
export function createPageBinding(pageKeys: () => SecretKeys, csrfKeys: () => SecretKeys): PageBinding {
  const personText = (person: Person) => `page\0${person.tenant.id}\0${person.userId}`
  const sessionText = (session: SessionHash) => `csrf\0${session}`
  return {
    pageReference: (person) => keyed(pageKeys()[0], personText(person)),
    isPageReference: (text, person) => isKeyed(pageKeys(), personText(person), text),
    csrfToken: (session) => keyed(csrfKeys()[0], sessionText(session)),
    isCsrfToken: (text, session) => isKeyed(csrfKeys(), sessionText(session), text),
  }
}

/** What a request carries of the page it was made in. */
export interface SentByPage {
  readonly page: string | undefined
  readonly csrf: string | undefined
  /** The session that proved the person. */
  readonly session: SessionHash | undefined
}

/**
 * A tab that outlived its person may not act for the next one, nor save one person's graph into another's account.
 * @throws page_belongs_to_another, cross_site
 */
export function refuseForeignPage(
  binding: Pick<PageBinding, 'isPageReference' | 'isCsrfToken'>,
  { page, csrf, session }: SentByPage,
  person: Person,
): void {
  if (page !== undefined) {
    if (!binding.isPageReference(page, person)) throw new GatehouseError('page_belongs_to_another')
    // The same person may have signed in again in another tab: a token of the earlier session is then still theirs.
    return
  }
  if (csrf !== undefined && session !== undefined && !binding.isCsrfToken(csrf, session)) {
    throw new GatehouseError('cross_site')
  }
}

function keyed(key: InstanceSecret, text: string): string {
  return createHmac('sha256', key.value).update(text).digest('base64url')
}

function isKeyed(keys: SecretKeys, text: string, candidate: string): boolean {
  // Every key is tried, so that the time does not tell which one fits.
  return keys.map((key) => isSameDigest(keyed(key, text), candidate)).includes(true)
}
