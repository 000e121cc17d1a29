/** Where am I signed in? The list of own sessions, each of which can be ended. */
import type { SessionSummary } from '@gatehouse/shared/credentials-contract'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { Alert, ConfirmButton } from '../form.tsx'
import type { OwnApi } from '../own-api-client.ts'
import { browserName, methodName, whenText } from '../when.ts'
import { parseSessions } from './parse-lists.ts'

interface Props {
  readonly api: OwnApi
  readonly onSignedOut: () => void
}

export function Sessions({ api, onSignedOut }: Props) {
  const [sessions, setSessions] = useState<readonly SessionSummary[]>([])
  const [error, setError] = useState('')
  const load = useCallback(async () => {
    const outcome = await api.call('GET', '/sessions')
    if (outcome.ok) setSessions(parseSessions(outcome.value))
    else setError(outcome.message)
  }, [api])
  useEffect(() => void load(), [load])

  const end = async (session: SessionSummary) => {
    const outcome = await api.call('DELETE', `/sessions/${encodeURIComponent(session.id)}`)
    if (!outcome.ok) return setError(outcome.message)
    if (session.current) return onSignedOut()
    await load()
  }
  const endAll = async () => {
    const outcome = await api.call('DELETE', '/sessions')
    if (outcome.ok) onSignedOut()
    else setError(outcome.message)
  }
  return (
    <section aria-labelledby="sessions-title">
      <h2 id="sessions-title">Sessions</h2>
      <Alert text={error} />
      <ul class="list">
        {sessions.map((session) => (
          <li key={session.id}>
            <div class="about">
              {browserName(session.userAgent)} {session.current && <span class="badge">this one</span>}
              {session.impersonator !== undefined && (
                <span class="badge warn">{session.impersonator} in your place</span>
              )}
              <small>
                From {session.address}, {methodName(session.method)}
              </small>
              <small>
                Last seen {whenText(session.lastSeenAt)}, signed in {whenText(session.createdAt)}
              </small>
            </div>
            <ConfirmButton label="End" subject={browserName(session.userAgent)} act={() => void end(session)} />
          </li>
        ))}
      </ul>
      <ConfirmButton label="Sign out everywhere" subject="" act={() => void endAll()} />
    </section>
  )
}
