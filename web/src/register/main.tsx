/** What does `/register` do? Asks for an account; whether there will be one, an administrator decides. */
import type { RegisterRequest } from '@gatehouse/shared/arrivals-contract'
import { render } from 'preact'
import { useState } from 'preact/hooks'
import { Card, getPlace } from '../card.tsx'
import { Field, Form, textOf } from '../form.tsx'
import { findPasswordProblem, passwordHint } from '../new-password.ts'
import { createOwnApi } from '../own-api-client.ts'

const api = createOwnApi(window.fetch.bind(window))

function Register() {
  const [isAsked, setAsked] = useState(false)
  const ask = async (fields: FormData) => {
    const password = textOf(fields, 'password')
    const problem = findPasswordProblem(password, textOf(fields, 'again'))
    if (problem !== undefined) return problem
    const request: RegisterRequest = { username: textOf(fields, 'username'), password }
    const outcome = await api.call('POST', '/register', request)
    if (!outcome.ok) return outcome.message
    setAsked(true)
    return undefined
  }
  if (isAsked) {
    return (
      <Card title="Thank you">
        <p role="status">
          If that name was free, an administrator decides about your account now. To see whether it has been approved,
          sign in with the name and the password you chose.
        </p>
        <a class="button" href="/login">
          Go to the sign-in page
        </a>
      </Card>
    )
  }
  return (
    <Card title="Ask for an account">
      <p class="lead">An administrator has to approve it before you can sign in.</p>
      <Form button="Ask for an account" submit={ask}>
        <Field label="User name" name="username" autocomplete="username" isFocused />
        <Field label="Password" name="password" type="password" autocomplete="new-password" hint={passwordHint} />
        <Field label="Password again" name="again" type="password" autocomplete="new-password" />
      </Form>
      <p class="quiet-text">
        You have an account? <a href="/login">Sign in</a>
      </p>
    </Card>
  )
}

render(<Register />, getPlace())
