/** How do I change my password? By knowing the present one. */
import { useState } from 'preact/hooks'
import { Field, Form, textOf } from '../form.tsx'
import { findPasswordProblem, passwordHint } from '../new-password.ts'
import type { OwnApi } from '../own-api-client.ts'

export function Password({ api }: { readonly api: OwnApi }) {
  const [changes, setChanges] = useState(0)
  const change = async (fields: FormData) => {
    const password = textOf(fields, 'password')
    const problem = findPasswordProblem(password, textOf(fields, 'again'))
    if (problem !== undefined) return problem
    const outcome = await api.call('POST', '/password', { current: textOf(fields, 'current'), password })
    if (!outcome.ok) return outcome.status === 401 ? 'The present password is not right.' : outcome.message
    await api.findMe() // the session may have a new id, and with it a new token
    setChanges(changes + 1)
    return undefined
  }
  return (
    <section aria-labelledby="password-title">
      <h2 id="password-title">Password</h2>
      <div role="status">{changes > 0 && <p class="notice">The password is changed.</p>}</div>
      <details>
        <summary>Change the password</summary>
        <Form key={changes} button="Change the password" submit={change} isQuiet>
          <Field label="Present password" name="current" type="password" autocomplete="current-password" />
          <Field label="New password" name="password" type="password" autocomplete="new-password" hint={passwordHint} />
          <Field label="New password again" name="again" type="password" autocomplete="new-password" />
        </Form>
      </details>
    </section>
  )
}
