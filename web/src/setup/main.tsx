/** What does `/setup` do? Creates the first owner, for whoever holds the one-time link from the console. */
import { claimBrowser } from '@gatehouse/shared/browser-storage'
import type { Me } from '@gatehouse/shared/own-api-contract'
import { parseFields } from '@gatehouse/shared/parse-fields'
import { render } from 'preact'
import { windowStores } from '../browser-stores.ts'
import { Card, getPlace } from '../card.tsx'
import { createOwnApi } from '../own-api-client.ts'
import { SetupForm } from './setup-form.tsx'

const api = createOwnApi(window.fetch.bind(window))

// In the fragment the token reaches no server log and no referrer; from the address bar and the history it goes at once.
const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? ''
history.replaceState(null, '', location.pathname)

const enter = (me: Me) => {
  claimBrowser(windowStores, me.page)
  location.replace('/')
}

async function start(): Promise<void> {
  const outcome = await api.call('GET', '/setup')
  const isDone = outcome.ok && !isNeeded(outcome.value)
  const content = (
    <Card title={isDone ? 'Already set up' : 'Create the owner'}>
      {isDone ? <Done /> : <SetupForm api={api} token={token} enter={enter} />}
    </Card>
  )
  render(content, getPlace())
}

function Done() {
  return (
    <p>
      The first owner exists. <a href="/login">Sign in</a>
    </p>
  )
}

function isNeeded(state: unknown): boolean {
  return parseFields(state).needed === true
}

void start()
