/** How does somebody prove a second factor? With the code of their app or a recovery code, or with a passkey. */
import { Alert, Field, Form, textOf } from './form.tsx'
import type { OwnApi } from './own-api-client.ts'
import { mayUsePasskeys } from './passkey.ts'
import { usePasskeyButton } from './use-passkey-button.ts'

export interface GivenFactor {
  readonly code?: string
  readonly passkey?: object
}

interface Props {
  readonly api: OwnApi
  /** Kinds that the person has. */
  readonly factors: readonly string[]
  readonly button: string
  /** A sentence says why not. */
  readonly submit: (given: GivenFactor) => Promise<string | undefined>
}

export function FactorStep({ api, factors, button, submit }: Props) {
  const { problem, isBusy, press } = usePasskeyButton({ api, purpose: 'confirm', submit })
  const hasPasskey = factors.includes('passkey') && mayUsePasskeys()
  const hasApp = factors.includes('totp')
  return (
    <>
      {hasPasskey && (
        <div class="stacked">
          <Alert text={problem} />
          <button type="button" disabled={isBusy} onClick={() => void press()}>
            Use a passkey
          </button>
        </div>
      )}
      <Form button={button} submit={(fields) => submit({ code: textOf(fields, 'code').trim() })} isQuiet={hasPasskey}>
        <Field
          label={hasApp ? 'Code' : 'Recovery code'}
          name="code"
          autocomplete="one-time-code"
          hint={hasApp ? 'Six digits from your app, or one of your recovery codes.' : 'One of those you wrote down.'}
          isFocused
        />
      </Form>
    </>
  )
}
