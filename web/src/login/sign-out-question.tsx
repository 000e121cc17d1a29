/** What does somebody see whom another site sent to sign out? */
import type { Me } from '@gatehouse/shared/own-api-contract'
import { useState } from 'preact/hooks'
import { Alert } from '../form.tsx'

interface Props {
  readonly me: Pick<Me, 'user' | 'jobsAtLogout'>
  readonly problem: string
  readonly signOut: () => Promise<string | undefined>
  readonly stay: () => void
}

const ending = {
  cancel: 'Jobs that you queued here and that are not finished are cancelled.',
  cancel_waiting: 'Jobs that you queued here and that wait are cancelled.',
} as const

export function SignOutQuestion({ me, problem, signOut, stay }: Props) {
  const [error, setError] = useState(problem)
  const leave = async () => setError((await signOut()) ?? '')
  return (
    <>
      <Alert text={error} />
      <p>
        You are signed in as <strong>{me.user}</strong>. Unsaved graphs in open tabs are lost when you sign out.
        {me.jobsAtLogout !== undefined && ` ${ending[me.jobsAtLogout]}`}
      </p>
      <div class="row">
        <button type="button" onClick={leave}>
          Sign out
        </button>
        <button type="button" class="quiet" onClick={stay}>
          Stay signed in
        </button>
      </div>
    </>
  )
}
