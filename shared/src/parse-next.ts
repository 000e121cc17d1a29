/** Where does an answer lead? To the page of whoever vouches for somebody, to sign out there or to prove who they are. */
import { parseFields } from './parse-fields.ts'

/** The `next` of an answer: a whole web address, or undefined for anything else. */
export function parseNext(answer: unknown): string | undefined {
  const { next } = parseFields(answer)
  return typeof next === 'string' && /^https?:\/\//.test(next) ? next : undefined
}
