/** What does `/invite` do? Lets somebody who was invited choose a name and a password, once. */

import type { AcceptInvitationRequest, InvitationLook } from '@gatehouse/shared/arrivals-contract'
import { claimBrowser } from '@gatehouse/shared/browser-storage'
import { render } from 'preact'
import { windowStores } from '../browser-stores.ts'
import { Card, getPlace } from '../card.tsx'
import { Alert, Field, Form, textOf } from '../form.tsx'
import { findPasswordProblem, passwordHint } from '../new-password.ts'
import { createOwnApi } from '../own-api-client.ts'
import { parseInvitation } from './parse-invitation.ts'

const api = createOwnApi(window.fetch.bind(window))

// In the fragment the token reaches no server log and no referrer; from the address bar and the history it goes at once.
const token = location.hash.slice(1)
history.replaceState(null, '', location.pathname)

async function start(): Promise<void> {
  const look: InvitationLook = { token }
  const outcome = await api.call('POST', '/invitations/look', look)
  const invitation = outcome.ok ? parseInvitation(outcome.value) : undefined
  const content =
    invitation === undefined ? (
      <Card title="Invitation">
        <Alert text={outcome.ok ? 'The server answered with something else than an invitation.' : outcome.message} />
        <a href="/login">Sign in</a>
      </Card>
    ) : (
      <Card title="You are invited">
        <Welcome {...invitation} />
      </Card>
    )
  render(content, getPlace())
}

function Welcome({ role, tenant, user }: { readonly role: string; readonly tenant: string; readonly user: string }) {
  return (
    <>
      <p class="lead">
        Choose {user === '' ? 'a name and a password' : 'a password'}. Your role will be {role},
        {tenant === '' ? ' in a workspace of your own.' : ` in the workspace ${tenant}.`}
      </p>
      <Form button="Create my account" submit={(fields) => accept(fields, user)}>
        {user === '' ? (
          <Field label="User name" name="username" autocomplete="username" isFocused />
        ) : (
          <Fixed user={user} />
        )}
        <Field
          label="Password"
          name="password"
          type="password"
          autocomplete="new-password"
          hint={passwordHint}
          isFocused={user !== ''}
        />
        <Field label="Password again" name="again" type="password" autocomplete="new-password" />
      </Form>
    </>
  )
}

/** A password manager keeps the password under this name. */
function Fixed({ user }: { readonly user: string }) {
  return (
    <div class="field">
      <label for="username">User name</label>
      <input id="username" type="text" name="username" autocomplete="username" value={user} readOnly />
    </div>
  )
}

async function accept(fields: FormData, user: string): Promise<string | undefined> {
  const password = textOf(fields, 'password')
  const problem = findPasswordProblem(password, textOf(fields, 'again'))
  if (problem !== undefined) return problem
  const request: AcceptInvitationRequest = {
    token,
    username: user === '' ? textOf(fields, 'username') : user,
    password,
  }
  const outcome = await api.call('POST', '/invitations/accept', request)
  if (!outcome.ok) return outcome.message
  const me = api.acceptMe(outcome.value)
  if (me === undefined) return 'The server answered with something else than an account.'
  claimBrowser(windowStores, me.page)
  location.replace('/')
  return undefined
}

void start()
