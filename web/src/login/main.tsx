/** What does `/login` do? Signs in, goes on for who is signed in already, and signs out. */
import { claimBrowser, forgetPerson } from '@gatehouse/shared/browser-storage'
import type { Me } from '@gatehouse/shared/own-api-contract'
import { parseNext } from '@gatehouse/shared/parse-next'
import { render } from 'preact'
import { windowStores } from '../browser-stores.ts'
import { Card, getPlace } from '../card.tsx'
import { Alert } from '../form.tsx'
import { loginProblem } from '../login-problem.ts'
import { createOwnApi } from '../own-api-client.ts'
import { safeReturnPath } from '../return-path.ts'
import { LoginForm } from './login-form.tsx'
import { readLogoutWish } from './logout-wish.ts'
import { Providers } from './providers.tsx'
import { SignOutQuestion } from './sign-out-question.tsx'

const api = createOwnApi(window.fetch.bind(window))
const query = new URLSearchParams(location.search)
const next = safeReturnPath(query.get('next'), location.origin)
const goOn = () => location.replace(next)

const enter = (me: Me) => {
  claimBrowser(windowStores, me.page)
  goOn()
}

const showLogin = (notice: string, problem = '') => {
  const content = (
    <Card title="Sign in">
      {problem !== '' && <Alert text={problem} />}
      <LoginForm api={api} enter={enter} notice={notice} />
      <Providers api={api} next={next} />
    </Card>
  )
  render(content, getPlace())
}

const signOut = async (): Promise<string | undefined> => {
  const outcome = await api.call('POST', '/logout')
  if (!outcome.ok && outcome.status !== 401) return outcome.message
  forgetPerson(windowStores)
  const elsewhere = outcome.ok ? parseNext(outcome.value) : undefined
  if (elsewhere !== undefined) {
    location.replace(elsewhere)
    return undefined
  }
  history.replaceState(null, '', '/login')
  showLogin('You are signed out.')
  return undefined
}

async function start(): Promise<void> {
  const found = await api.findMe()
  // A stranger who is taken for the guest account comes here to be somebody else.
  const me = found?.guest === true ? undefined : found
  const wish = readLogoutWish(query.get('logout'), document.referrer, location.origin)
  if (wish === 'none') return me === undefined ? showLogin('', loginProblem(query.get('problem'))) : enter(me)
  if (me === undefined) {
    forgetPerson(windowStores)
    return showLogin('You are signed out.')
  }
  const problem = wish === 'at once' ? await signOut() : ''
  if (problem === undefined) return
  const content = (
    <Card title="Sign out?">
      <SignOutQuestion me={me} problem={problem} signOut={signOut} stay={() => location.replace('/')} />
    </Card>
  )
  render(content, getPlace())
}

void start()
