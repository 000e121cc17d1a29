/** How does somebody prove who they are on the login page? With a name and a password, or with an API key. */
import type { LoginRequest, Me } from '@gatehouse/shared/own-api-contract'
import { useState } from 'preact/hooks'
import { Field, Form, textOf } from '../form.tsx'
import type { OwnApi } from '../own-api-client.ts'

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

export function LoginForm({ api, enter, notice }: Props) {
  const [way, setWay] = useState<Way>('password')
  const submit = async (fields: FormData) => {
    const outcome = await api.call('POST', '/login', requestOf(way, fields))
    if (!outcome.ok) return outcome.message
    const me = api.acceptMe(outcome.value)
    if (me === undefined) return 'The server answered with something else than a login.'
    enter(me)
    return undefined
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
        <Form key={way} button="Sign in" submit={submit}>
          {way === 'password' ? <PasswordFields /> : <KeyField />}
          <label class="check">
            <input type="checkbox" name="remember" /> Remember me on this device
          </label>
        </Form>
      </div>
    </>
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
