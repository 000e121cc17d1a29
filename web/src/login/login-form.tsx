/** How does somebody prove who they are on the login page? With a name and a password, an API key, or a passkey. */
import type { LoginRequest, Me } from '@gatehouse/shared/own-api-contract'
import { useState } from 'preact/hooks'
import { FactorStep, type GivenFactor } from '../factor-step.tsx'
import { Alert, Field, Form, textOf } from '../form.tsx'
import type { OwnApi } from '../own-api-client.ts'
import { mayUsePasskeys } from '../passkey.ts'
import { usePasskeyButton } from '../use-passkey-button.ts'

interface Props {
  readonly api: OwnApi
  readonly enter: (me: Me) => void
  readonly notice: string
}

type Way = 'password' | 'key'
const ways: readonly (readonly [Way, string])[] = [
  ['password', 'Password'],
  ['key', 'API key'],
]

/** What was right so far, and which kinds of factor would do beside it. */
interface Half {
  readonly request: LoginRequest
  readonly factors: readonly string[]
}

export function LoginForm({ api, enter, notice }: Props) {
  const [way, setWay] = useState<Way>('password')
  const [half, setHalf] = useState<Half>()
  const send = async (request: LoginRequest) => {
    const outcome = await api.call('POST', '/login', request)
    if (!outcome.ok && outcome.code === 'second_factor_needed') {
      setHalf({ request, factors: outcome.factors })
      return undefined
    }
    if (!outcome.ok) return outcome.message
    const me = api.acceptMe(outcome.value)
    if (me === undefined) return 'The server answered with something else than a login.'
    enter(me)
    return undefined
  }
  if (half !== undefined) {
    const submit = (given: GivenFactor) => send({ ...half.request, ...given })
    return <SecondStep api={api} factors={half.factors} submit={submit} back={() => setHalf(undefined)} />
  }
  return (
    <>
      {notice !== '' && (
        <p class="notice" role="status">
          {notice}
        </p>
      )}
      <WayTabs way={way} choose={setWay} />
      <div role="tabpanel" id="panel" aria-label="Your credentials">
        <Form key={way} button="Sign in" submit={(fields) => send(requestOf(way, fields))}>
          {way === 'password' ? <PasswordFields /> : <KeyField />}
          <label class="check">
            <input type="checkbox" name="remember" /> Remember me on this device
          </label>
        </Form>
      </div>
      {mayUsePasskeys() && <PasskeyAlone api={api} send={send} />}
    </>
  )
}

interface SecondStepProps {
  readonly api: OwnApi
  readonly factors: readonly string[]
  readonly submit: (given: GivenFactor) => Promise<string | undefined>
  readonly back: () => void
}

function SecondStep({ api, factors, submit, back }: SecondStepProps) {
  return (
    <>
      <p class="lead" role="status">
        The password is right. Now prove your second factor.
      </p>
      <FactorStep api={api} factors={factors} button="Sign in" submit={submit} />
      <p class="foot">
        <button type="button" class="small quiet" onClick={back}>
          Sign in as somebody else
        </button>
      </p>
    </>
  )
}

interface AloneProps {
  readonly api: OwnApi
  readonly send: (request: LoginRequest) => Promise<string | undefined>
}

function PasskeyAlone({ api, send }: AloneProps) {
  const { problem, isBusy, press } = usePasskeyButton({ api, purpose: 'login', submit: send })
  return (
    <div class="alone">
      <button type="button" class="quiet" disabled={isBusy} onClick={() => void press()}>
        Sign in with a passkey
      </button>
      <Alert text={problem} />
    </div>
  )
}

function PasswordFields() {
  return (
    <>
      <Field label="User name" name="username" autocomplete="username" isFocused />
      <Field label="Password" name="password" type="password" autocomplete="current-password" />
    </>
  )
}

function KeyField() {
  return <Field label="API key" name="apiKey" type="password" autocomplete="off" hint="It starts with gh_." isFocused />
}

function WayTabs({ way, choose }: { readonly way: Way; readonly choose: (way: Way) => void }) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
    event.preventDefault()
    const other: Way = way === 'password' ? 'key' : 'password'
    choose(other)
    document.getElementById(`tab-${other}`)?.focus()
  }
  return (
    <div class="tabs" role="tablist" aria-label="How to sign in" onKeyDown={onKeyDown}>
      {ways.map(([name, label]) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          aria-controls="panel"
          aria-selected={way === name}
          tabIndex={way === name ? 0 : -1}
          onClick={() => choose(name)}
        >
          {label}
        </button>
      ))}
    </div>
  )
}

function requestOf(way: Way, fields: FormData): LoginRequest {
  const remember = fields.has('remember')
  if (way === 'key') return { apiKey: textOf(fields, 'apiKey').trim(), remember }
  return { username: textOf(fields, 'username'), password: textOf(fields, 'password'), remember }
}
