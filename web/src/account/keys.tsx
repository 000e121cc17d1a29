/** Which programs may act as me? Own API keys: made, shown once, revoked. */
import type { ApiKeyCreated, ApiKeySummary } from '@gatehouse/shared/credentials-contract'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { Alert, ConfirmButton, Field, Form, textOf } from '../form.tsx'
import type { OwnApi } from '../own-api-client.ts'
import { whenText } from '../when.ts'
import { parseCreatedKey, parseKeys } from './parse-lists.ts'

export function Keys({ api }: { readonly api: OwnApi }) {
  const [keys, setKeys] = useState<readonly ApiKeySummary[]>([])
  const [created, setCreated] = useState<ApiKeyCreated>()
  const [error, setError] = useState('')
  const load = useCallback(async () => {
    const outcome = await api.call('GET', '/keys')
    if (outcome.ok) setKeys(parseKeys(outcome.value))
    else setError(outcome.message)
  }, [api])
  useEffect(() => void load(), [load])

  const create = async (fields: FormData) => {
    const outcome = await api.call('POST', '/keys', { label: textOf(fields, 'label') })
    if (!outcome.ok) return outcome.message
    setCreated(parseCreatedKey(outcome.value))
    await load()
    return undefined
  }
  const revoke = async (key: ApiKeySummary) => {
    const outcome = await api.call('DELETE', `/keys/${encodeURIComponent(key.id)}`)
    if (!outcome.ok) return setError(outcome.message)
    if (created?.id === key.id) setCreated(undefined)
    await load()
  }
  return (
    <section aria-labelledby="keys-title">
      <h2 id="keys-title">API keys</h2>
      <Alert text={error} />
      <ul class="list">
        {keys.map((key) => (
          <li key={key.id}>
            <div class="about">
              {key.label === '' ? key.id : key.label}
              <small>
                Made {whenText(key.createdAt)}, last used {whenText(key.lastUsedAt)}
                {key.expiresAt !== null && `, ends ${whenText(key.expiresAt)}`}
              </small>
            </div>
            <ConfirmButton label="Revoke" subject={key.label} act={() => void revoke(key)} />
          </li>
        ))}
      </ul>
      {created !== undefined && <NewKey created={created} />}
      <details>
        <summary>New key</summary>
        <Form key={created?.id} button="Create the key" submit={create} isQuiet>
          <Field label="Label" name="label" autocomplete="off" hint="What will use it, for instance: render script." />
        </Form>
      </details>
    </section>
  )
}

function NewKey({ created }: { readonly created: ApiKeyCreated }) {
  return (
    <div class="notice" role="status">
      <p>Copy the key "{created.label}" now; it is not shown again. Programs send it as a Bearer token.</p>
      <code data-key>{created.key}</code>
    </div>
  )
}
