/** What does somebody see whom another site sent to sign out? */
import { useState } from 'preact/hooks'
import { Alert } from '../form.tsx'

interface Props {
  readonly user: string
  readonly problem: string
  readonly signOut: () => Promise<string | undefined>
  readonly stay: () => void
}

export function SignOutQuestion({ user, problem, signOut, stay }: Props) {
  const [error, setError] = useState(problem)
  const leave = async () => setError((await signOut()) ?? '')
  return (
    <>
      <Alert text={error} />
      <p>
        You are signed in as <strong>{user}</strong>. Unsaved graphs in open tabs are lost when you sign out.
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
