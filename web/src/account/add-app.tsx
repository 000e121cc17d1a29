/** How does an app on the phone become my second factor? It scans a key, and its first code comes back. */
import type { CodeKey, ConfirmCodeRequest } from '@gatehouse/shared/factors-contract'
import { useState } from 'preact/hooks'
import { Alert, Field, Form, textOf } from '../form.tsx'
import type { OwnApi } from '../own-api-client.ts'
import { parseCodeKey } from '../parse-factors.ts'
import { QrCode } from '../qr-code.tsx'

interface Props {
  readonly api: OwnApi
  readonly onAdded: (answer: unknown) => Promise<void>
}

export function AddApp({ api, onAdded }: Props) {
  const [shown, setShown] = useState<CodeKey>()
  const [error, setError] = useState('')
  const begin = async () => {
    const outcome = await api.call('POST', '/factors/totp', {})
    setError(outcome.ok ? '' : outcome.message)
    setShown(outcome.ok ? parseCodeKey(outcome.value) : undefined)
  }
  const confirm = async (fields: FormData) => {
    const request: ConfirmCodeRequest = {
      code: textOf(fields, 'code').trim(),
      label: textOf(fields, 'app-name').trim(),
    }
    const outcome = await api.call('POST', '/factors/totp/confirm', request)
    if (!outcome.ok) return outcome.message
    setShown(undefined)
    await onAdded(outcome.value)
    return undefined
  }
  if (shown === undefined) {
    return (
      <>
        <Alert text={error} />
        <button type="button" class="quiet" onClick={() => void begin()}>
          Add an app
        </button>
      </>
    )
  }
  return (
    <div class="offer">
      <p class="lead">Scan this with an app for one-time codes, or type the key into it. Then type in its code.</p>
      <QrCode text={shown.uri} label="QR code of the key below" />
      <code data-code-key>{shown.key}</code>
      <Form button="Add it" submit={confirm}>
        <Field label="Code" name="code" autocomplete="one-time-code" isFocused />
        <Field label="Name of the app" name="app-name" autocomplete="off" hint="For instance: my phone." isOptional />
      </Form>
      <button type="button" class="quiet" onClick={() => setShown(undefined)}>
        Cancel
      </button>
    </div>
  )
}
