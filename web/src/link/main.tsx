/** What does `/link` do? Signs this device in, once the number it shows was typed in where somebody is signed in. */
import type { ClaimDeviceRequest, RedeemDeviceRequest } from '@gatehouse/shared/arrivals-contract'
import { claimBrowser } from '@gatehouse/shared/browser-storage'
import { parseFields } from '@gatehouse/shared/parse-fields'
import { render } from 'preact'
import { windowStores } from '../browser-stores.ts'
import { Card, getPlace } from '../card.tsx'
import { Alert } from '../form.tsx'
import { createOwnApi } from '../own-api-client.ts'

const api = createOwnApi(window.fetch.bind(window))
/** Milliseconds between two questions. */
const askEveryMs = 1_500

// In the fragment the code reaches no server log and no referrer; from the address bar and the history it goes at once.
const code = location.hash.slice(1)
history.replaceState(null, '', location.pathname)

async function start(): Promise<void> {
  const request: ClaimDeviceRequest = { code }
  const outcome = await api.call('POST', '/device-links/claim', request)
  if (!outcome.ok) return showProblem(outcome.message)
  const [claim, number] = [parseText(outcome.value, 'claim'), parseText(outcome.value, 'number')]
  render(<Comparing number={number} />, getPlace())
  await redeem(claim)
}

/** Until the number was typed in, or the code is over. */
async function redeem(claim: string): Promise<void> {
  const request: RedeemDeviceRequest = { claim }
  const outcome = await api.call('POST', '/device-links/redeem', request)
  if (!outcome.ok && outcome.status !== 0) return showProblem(outcome.message)
  const me = outcome.ok ? api.acceptMe(outcome.value) : undefined
  if (me === undefined) return void setTimeout(() => void redeem(claim), askEveryMs)
  claimBrowser(windowStores, me.page)
  location.replace('/')
}

function Comparing({ number }: { readonly number: string }) {
  return (
    <Card title="Sign in this device">
      <p class="lead">Type this number in on the other device:</p>
      <p class="number" role="status">
        {number}
      </p>
      <p class="quiet-text">This page goes on by itself.</p>
    </Card>
  )
}

function showProblem(message: string): void {
  const content = (
    <Card title="Sign in this device">
      <Alert text={message} />
      <a href="/login">Sign in another way</a>
    </Card>
  )
  render(content, getPlace())
}

function parseText(value: unknown, name: string): string {
  const text = parseFields(value)[name]
  return typeof text === 'string' ? text : ''
}

void start()
