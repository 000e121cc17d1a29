/** Why did a login at a provider lead back without success? A sentence of our own for each reason; the address only names one. */

const sentences: ReadonlyMap<string, string> = new Map([
  ['provider_down', 'The sign-in provider does not answer. Try again in a minute, or sign in another way.'],
  ['login_refused', 'You are not let in here with that login. Ask an administrator.'],
  ['login_expired', 'That took too long, or was begun in another window. Try again.'],
  ['login_failed', 'The login did not succeed. Try again later, or tell the operator.'],
  ['identity_taken', 'That identity belongs to another account.'],
  [
    'no_public_url',
    'Logging in at a provider needs server.public_url in the configuration of Gatehouse. Tell the operator.',
  ],
])

/** Undefined where there was no problem. */
export function loginProblem(name: string | null): string | undefined {
  return name === null ? undefined : (sentences.get(name) ?? sentences.get('login_failed'))
}
