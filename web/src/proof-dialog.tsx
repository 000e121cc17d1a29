/** Is it still you? Asks once more, where the server wants a proof of the last minutes, and then goes on with what was wanted. */
import type { Me } from '@gatehouse/shared/own-api-contract'
import { render } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { FactorStep, type GivenFactor } from './factor-step.tsx'
import { Field, Form, textOf } from './form.tsx'
import type { Outcome, OwnApi } from './own-api-client.ts'
import { parseFactorList } from './parse-factors.ts'
import { ProveElsewhere } from './prove-elsewhere.tsx'

/** The same API; a call that needs a newer proof is made again once there is one. */
export function createProvingApi(api: OwnApi): OwnApi & { readonly prove: () => Promise<boolean> } {
  let asking: Promise<boolean> | undefined
  const prove = () => {
    asking ??= askForProof(api).finally(() => {
      asking = undefined
    })
    return asking
  }
  return {
    ...api,
    prove,
    call: async (...wanted) => {
      const outcome = await api.call(...wanted)
      if (outcome.ok || outcome.code !== 'proof_too_old') return outcome
      return (await prove()) ? api.call(...wanted) : outcome
    },
  }
}

async function askForProof(api: OwnApi): Promise<boolean> {
  const outcome = await api.call('GET', '/factors')
  const factors = outcome.ok ? parseFactorList(outcome.value).factors.map(({ kind }) => kind) : []
  const before = document.activeElement
  const place = document.createElement('div')
  document.body.append(place)
  return new Promise<boolean>((resolve) => {
    const end = (isProven: boolean) => {
      render(null, place)
      place.remove()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
      resolve(isProven)
    }
    render(<ProofDialog api={api} factors={factors} end={end} />, place)
  })
}

interface Props {
  readonly api: OwnApi
  readonly factors: readonly string[]
  readonly end: (isProven: boolean) => void
}

function ProofDialog({ api, factors, end }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const send = async (given: GivenFactor | { readonly password: string }) => {
    const me = acceptMe(api, await api.call('POST', '/elevate', given))
    if (typeof me === 'string') return me
    end(true)
    return undefined
  }
  return (
    <dialog ref={dialog} class="card" aria-labelledby="proof-title" onClose={() => end(false)}>
      <h2 id="proof-title">Is it still you?</h2>
      <p class="lead">This could do lasting harm, and you proved who you are more than ten minutes ago.</p>
      {factors.length > 0 ? (
        <FactorStep api={api} factors={factors} button="Confirm" submit={send} />
      ) : (
        <Form button="Confirm" submit={(fields) => send({ password: textOf(fields, 'proof') })}>
          <Field label="Your password" name="proof" type="password" autocomplete="current-password" isFocused />
        </Form>
      )}
      <div class="row foot">
        <ProveElsewhere api={api} />
        <button type="button" class="small quiet" onClick={() => end(false)}>
          Cancel
        </button>
        <span class="hint">Without a password here, sign out and in again.</span>
      </div>
    </dialog>
  )
}

/** The session has a new id, and with it a new token. */
function acceptMe(api: OwnApi, outcome: Outcome): Me | string {
  if (!outcome.ok) return outcome.message
  return api.acceptMe(outcome.value) ?? 'The server answered with something else than who you are.'
}
