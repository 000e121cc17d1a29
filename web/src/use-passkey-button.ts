/** What does a button do that asks for a passkey? It is shut until the answer is in, and says why nothing came of it. */
import { useState } from 'preact/hooks'
import type { OwnApi } from './own-api-client.ts'
import { type PasskeyPurpose, usePasskeyOf } from './passkey.ts'

interface Parts {
  readonly api: OwnApi
  readonly purpose: PasskeyPurpose
  /** A sentence says why not. */
  readonly submit: (given: { readonly passkey: object }) => Promise<string | undefined>
}

export function usePasskeyButton({ api, purpose, submit }: Parts) {
  const [problem, setProblem] = useState('')
  const [isBusy, setBusy] = useState(false)
  const press = async () => {
    setBusy(true)
    setProblem('')
    const used = await usePasskeyOf(api, purpose)
    const said = used.ok ? await submit({ passkey: used.passkey }) : used.message
    setBusy(false)
    setProblem(said ?? '')
  }
  return { problem, isBusy, press }
}
