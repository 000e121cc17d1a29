/** Does this page belong to this person, and this request to this session? Keyed references that reveal neither. */
import { createHmac } from 'node:crypto'
import type { SessionHash } from '@gatehouse/shared/ids'
import type { Principal } from '@gatehouse/shared/principal'
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

function keyed(key: InstanceSecret, text: string): string {
  return createHmac('sha256', key.value).update(text).digest('base64url')
}

function isKeyed(keys: SecretKeys, text: string, candidate: string): boolean {
  // Every key is tried, so that the time does not tell which one fits.
  return keys.map((key) => isSameDigest(keyed(key, text), candidate)).includes(true)
}
