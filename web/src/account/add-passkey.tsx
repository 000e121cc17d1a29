/** How does this device, or a security key, become my second factor? The browser makes a passkey on it. */
import { useState } from 'preact/hooks'
import { Field, Form, textOf } from '../form.tsx'
import type { OwnApi } from '../own-api-client.ts'
import { makePasskey, mayUsePasskeys } from '../passkey.ts'

interface Props {
  readonly api: OwnApi
  /** Whether the address of the server can have one. */
  readonly isPossible: boolean
  readonly onAdded: (answer: unknown) => Promise<void>
}

export function AddPasskey({ api, isPossible, onAdded }: Props) {
  const [made, setMade] = useState(0)
  if (!isPossible || !mayUsePasskeys()) {
    return (
      <p class="hint">
        Passkeys need this page by a name over https, or as http://localhost on the server itself; browsers make none
        for a plain http or a bare address.
      </p>
    )
  }
  const add = async (fields: FormData) => {
    const created = await makePasskey(api)
    if (!created.ok) return created.message
    const body = { passkey: created.passkey, label: textOf(fields, 'passkey-name').trim() }
    const outcome = await api.call('POST', '/factors/passkey', body)
    if (!outcome.ok) return outcome.message
    setMade(made + 1)
    await onAdded(outcome.value)
    return undefined
  }
  return (
    <details>
      <summary>Add a passkey</summary>
      <Form key={made} button="Make a passkey" submit={add} isQuiet>
        <Field
          label="Name of the passkey"
          name="passkey-name"
          autocomplete="off"
          hint="For instance: my laptop."
          isOptional
        />
      </Form>
    </details>
  )
}
