/** What does somebody see whom another site sent to sign out? */
import type { Me } from '@gatehouse/shared/own-api-contract'
import { useState } from 'preact/hooks'
import { endingJobs } from '../ending-jobs.ts'
import { Alert } from '../form.tsx'

interface Props {
  readonly me: Pick<Me, 'user' | 'jobsAtLogout'>
  readonly problem: string
  readonly signOut: () => Promise<string | undefined>
  readonly stay: () => void
}

export function SignOutQuestion({ me, problem, signOut, stay }: Props) {
  const [error, setError] = useState(problem)
  const ending = endingJobs(me)
  const leave = async () => setError((await signOut()) ?? '')
  return (
    <>
      <Alert text={error} />
      <p>
        You are signed in as <strong>{me.user}</strong>. Unsaved graphs in open tabs are lost when you sign out.
        {ending !== undefined && ` ${ending}`}
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
