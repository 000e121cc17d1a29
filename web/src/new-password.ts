/** Is a new password worth sending? The sidecar judges it; this only saves a round trip. */

/** Characters; the sidecar's own rule. */
const minimumLength = 12

export const passwordHint = `At least ${minimumLength} characters. A few unrelated words are good.`

/** The sentence that says what is wrong; undefined when nothing is. */
export function findPasswordProblem(password: string, again: string): string | undefined {
  if (Array.from(password).length < minimumLength) return `The password needs at least ${minimumLength} characters.`
  return password === again ? undefined : 'The two passwords are not the same.'
}
