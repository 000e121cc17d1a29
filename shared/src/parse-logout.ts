/** Where does somebody go who signed out? To the sign-out page of whoever vouched for them, where there is one. */
import { parseFields } from './parse-fields.ts'

/** The `next` of an answer to `POST /logout`: a whole web address, or undefined for anything else. */
export function parseLogout(answer: unknown): string | undefined {
  const { next } = parseFields(answer)
  return typeof next === 'string' && /^https?:\/\//.test(next) ? next : undefined
}
