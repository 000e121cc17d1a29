/** What stands beside my password? Apps and passkeys: added, shown, removed, and the recovery codes for when they are lost. */
import type { FactorList, FactorSummary } from '@gatehouse/shared/factors-contract'
import type { Me } from '@gatehouse/shared/own-api-contract'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { Alert, ConfirmButton } from '../form.tsx'
import type { OwnApi } from '../own-api-client.ts'
import { parseFactorList, parseRecoveryCodes, parseRenewed } from '../parse-factors.ts'
import { whenText } from '../when.ts'
import { AddApp } from './add-app.tsx'
import { AddPasskey } from './add-passkey.tsx'

interface Props {
  readonly api: OwnApi & { readonly prove: () => Promise<boolean> }
  readonly me: Me
  /** After what was proven, the same person may do more. */
  readonly onProven: () => Promise<void>
}

const kindNames = { totp: 'App', passkey: 'Passkey' } as const

export function Factors({ api, me, onProven }: Props) {
  const [list, setList] = useState<FactorList>()
  const [codes, setCodes] = useState<readonly string[]>([])
  const [error, setError] = useState('')
  const [isHidden, setHidden] = useState(false)
  const load = useCallback(async () => {
    const outcome = await api.call('GET', '/factors')
    if (outcome.ok) setList(parseFactorList(outcome.value))
    // In a session that a key opened: what stands beside the password is not its to know.
    else if (outcome.code === 'forbidden') setHidden(true)
    else setError(outcome.message)
  }, [api])
  useEffect(() => void load(), [load])

  const added = async (answer: unknown) => {
    const renewed = parseRenewed(answer)
    if (renewed !== undefined) api.acceptMe(renewed)
    setCodes(parseRecoveryCodes(answer))
    await load()
    await onProven()
  }
  const remove = async (factor: FactorSummary) => {
    setError('')
    const outcome = await api.call('DELETE', `/factors/${encodeURIComponent(factor.id)}`)
    if (!outcome.ok) return setError(outcome.message)
    setCodes([])
    await load()
  }
  const renewCodes = async () => {
    setError('')
    const outcome = await api.call('POST', '/factors/recovery-codes', {})
    if (!outcome.ok) return setError(outcome.message)
    setCodes(parseRecoveryCodes(outcome.value))
    await load()
  }
  const proveIt = async () => {
    if (await api.prove()) await onProven()
  }
  if (isHidden) return null
  return (
    <section aria-labelledby="factors" tabIndex={-1}>
      <h2 id="factors">Second factor</h2>
      <Alert text={error} />
      {me.needsFactor === true && <Needed hasOne={(list?.factors.length ?? 0) > 0} prove={proveIt} />}
      <ul class="list">
        {list?.factors.map((factor) => (
          <li key={factor.id}>
            <div class="about">
              {factor.label === '' ? kindNames[factor.kind] : factor.label}{' '}
              <span class="badge">{kindNames[factor.kind]}</span>
              <small>
                Added {whenText(factor.createdAt)}, last used {whenText(factor.lastUsedAt)}
              </small>
            </div>
            <ConfirmButton
              label="Remove"
              subject={factor.label === '' ? kindNames[factor.kind] : factor.label}
              act={() => void remove(factor)}
            />
          </li>
        ))}
      </ul>
      <RecoveryCodes codes={codes} />
      {list !== undefined && list.factors.length > 0 && (
        <p class="quiet-text">
          {list.recoveryCodes} recovery codes are left.{' '}
          <ConfirmButton label="Make new ones" subject="" act={() => void renewCodes()} />
        </p>
      )}
      <AddApp api={api} onAdded={added} />
      {list !== undefined && <AddPasskey api={api} isPossible={list.passkeys} onAdded={added} />}
    </section>
  )
}

function Needed({ hasOne, prove }: { readonly hasOne: boolean; readonly prove: () => Promise<void> }) {
  return (
    <div class="notice acting" role="alert">
      <p>
        Your role needs a second factor. Until you have {hasOne ? 'proven yours' : 'added one'}, you can do nothing
        else.
      </p>
      {hasOne && (
        <button type="button" class="small" onClick={() => void prove()}>
          Prove it now
        </button>
      )}
    </div>
  )
}

function RecoveryCodes({ codes }: { readonly codes: readonly string[] }) {
  return (
    <div role="status">
      {codes.length > 0 && (
        <div class="notice">
          <p>
            Write these recovery codes down now; they are not shown again. Each opens your account once, beside your
            password, when you lost everything else.
          </p>
          <code class="codes" data-codes>
            {codes.join('\n')}
          </code>
        </div>
      )}
    </div>
  )
}
