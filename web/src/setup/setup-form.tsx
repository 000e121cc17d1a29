/** How is the first owner created? With the token of the link, a name and a password of their own. */
import type { Me, SetupRequest } from '@gatehouse/shared/own-api-contract'
import { Field, Form, textOf } from '../form.tsx'
import { findPasswordProblem, passwordHint } from '../new-password.ts'
import type { OwnApi } from '../own-api-client.ts'

interface Props {
  readonly api: OwnApi
  readonly token: string
  readonly enter: (me: Me) => void
}

export function SetupForm({ api, token, enter }: Props) {
  const submit = async (fields: FormData) => {
    const problem = findPasswordProblem(textOf(fields, 'password'), textOf(fields, 'again'))
    if (problem !== undefined) return problem
    const request: SetupRequest = {
      token: token === '' ? textOf(fields, 'token').trim() : token,
      username: textOf(fields, 'username'),
      password: textOf(fields, 'password'),
    }
    const outcome = await api.call('POST', '/setup', request)
    if (!outcome.ok) return outcome.message
    const me = api.acceptMe(outcome.value)
    if (me === undefined) return 'The server answered with something else than a set-up.'
    enter(me)
    return undefined
  }
  return (
    <>
      <p class="lead">The owner may do everything here. There is no default password: choose one.</p>
      <Form button="Create the owner" submit={submit}>
        {token === '' && (
          <Field
            label="Set-up token"
            name="token"
            autocomplete="off"
            hint="The link on the console carries it behind #token=."
            isFocused
          />
        )}
        <Field label="User name" name="username" autocomplete="username" isFocused={token !== ''} />
        <Field label="Password" name="password" type="password" autocomplete="new-password" hint={passwordHint} />
        <Field label="Password again" name="again" type="password" autocomplete="new-password" />
      </Form>
    </>
  )
}
