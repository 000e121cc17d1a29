/** What does `/account` do? Shows who is signed in, and lets them manage their own sessions, keys and password. */
import { forgetPerson } from '@gatehouse/shared/browser-storage'
import { mayAdminister } from '@gatehouse/shared/may-administer'
import type { Me } from '@gatehouse/shared/own-api-contract'
import { parseNext } from '@gatehouse/shared/parse-next'
import { render } from 'preact'
import { useState } from 'preact/hooks'
import { ActingNotice } from '../acting-notice.tsx'
import { windowStores } from '../browser-stores.ts'
import { Card, getPlace } from '../card.tsx'
import { endingJobs } from '../ending-jobs.ts'
import { Alert } from '../form.tsx'
import { createOwnApi } from '../own-api-client.ts'
import { createProvingApi } from '../proof-dialog.tsx'
import { Factors } from './factors.tsx'
import { Files } from './files.tsx'
import { Identities } from './identities.tsx'
import { Keys } from './keys.tsx'
import { OtherDevice } from './other-device.tsx'
import { Password } from './password.tsx'
import { Sessions } from './sessions.tsx'

const api = createProvingApi(createOwnApi(window.fetch.bind(window)))
const goToLogin = () => location.replace('/login?next=%2Faccount')

async function start(): Promise<void> {
  const me = await api.findMe()
  if (me === undefined || me.guest === true) return goToLogin()
  render(<Account first={me} />, getPlace())
  if (location.hash === '#prove') await proveForOtherTab()
}

/** The ComfyUI page in another tab was told that the proof is too old. */
async function proveForOtherTab(): Promise<void> {
  history.replaceState(null, '', '/account')
  if (!(await api.prove())) return
  window.close() // where the browser lets us
  const me = await api.findMe()
  if (me !== undefined)
    render(<Account first={me} notice="You may close this tab, and try again in the other." />, getPlace())
}

function Account({ first, notice }: { readonly first: Me; readonly notice?: string }) {
  const [me, setMe] = useState(first)
  const [error, setError] = useState('')
  const signOut = async () => {
    const outcome = await api.call('POST', '/logout')
    if (!outcome.ok && outcome.status !== 401) return setError(outcome.message)
    forgetPerson(windowStores)
    // Whoever vouched for the person may have a session of its own to end.
    location.replace((outcome.ok ? parseNext(outcome.value) : undefined) ?? '/login')
  }
  const isOneself = me.impersonator === undefined
  const ending = endingJobs(me)
  const lookAgain = async () => setMe((await api.findMe()) ?? me)
  return (
    <Card title="Account" isWide>
      <Alert text={error} />
      <div role="status">{notice !== undefined && <p class="notice">{notice}</p>}</div>
      <ActingNotice me={me} />
      <dl class="facts">
        <dt>Signed in as</dt>
        <dd>{me.user}</dd>
        <dt>Role</dt>
        <dd>{me.role}</dd>
        <dt>Workspace</dt>
        <dd>{me.tenant}</dd>
      </dl>
      <div class="row">
        <a class="button" href="/">
          Open ComfyUI
        </a>
        {me.needsFactor !== true && mayAdminister(me) && (
          <a class="button quiet" href="/admin">
            Administration
          </a>
        )}
        <button type="button" class="quiet" onClick={signOut}>
          Sign out
        </button>
      </div>
      {ending !== undefined && <p class="hint">When you sign out: {ending}</p>}
      {me.needsFactor !== true && <Belongings me={me} />}
      {isOneself && <Factors api={api} me={me} onProven={lookAgain} />}
      {isOneself && me.needsFactor !== true && <Password api={api} />}
    </Card>
  )
}

function Belongings({ me }: { readonly me: Me }) {
  return (
    <>
      {me.permissions.includes('output:read') && (
        <Files api={api} mayDelete={me.permissions.includes('output:delete')} />
      )}
      <Sessions api={api} onSignedOut={goToLogin} />
      {me.csrf !== undefined && me.impersonator === undefined && <OtherDevice api={api} />}
      <Identities api={api} />
      {me.permissions.includes('token:own') && <Keys api={api} />}
    </>
  )
}

void start()
