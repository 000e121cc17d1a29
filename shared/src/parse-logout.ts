/** Where does somebody go who signed out? To the sign-out page of whoever vouched for them, where there is one. */

/** The `next` of an answer to `POST /logout`: a whole web address, or undefined for anything else. */
export function parseLogout(answer: unknown): string | undefined {
  const next = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'next') : undefined
  return typeof next === 'string' && /^https?:\/\//.test(next) ? next : undefined
}
