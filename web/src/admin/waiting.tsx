/** Who asked for an account? Each is let in, or refused, which forgets them. */
import type { Me } from '@gatehouse/shared/own-api-contract'
import type { RoleSummary, UserSummary } from '@gatehouse/shared/people-contract'
import { useRef } from 'preact/hooks'
import { ConfirmButton } from '../form.tsx'
import { whenText } from '../when.ts'
import { rightsOn } from './rights.ts'
import { useKeptFocus } from './use-kept-focus.ts'
import { type Act, routeOf } from './use-people.ts'

interface Props {
  readonly users: readonly UserSummary[]
  readonly me: Me
  readonly roles: readonly RoleSummary[]
  readonly act: Act
}

export function Waiting({ users, me, roles, act }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  const waiting = users.filter(({ state }) => state === 'pending')
  useKeptFocus(heading, waiting.map(({ name }) => name).join(' '))
  return (
    <section aria-labelledby="waiting-title">
      <h2 id="waiting-title" ref={heading} tabIndex={-1}>
        Waiting for approval {waiting.length > 0 && <span class="badge warn">{waiting.length}</span>}
      </h2>
      {waiting.length === 0 && <p class="quiet-text">Nobody is waiting.</p>}
      <ul class="list">
        {waiting.map((user) => (
          <li key={user.name}>
            <div class="about">
              {user.name} <span class="badge">{user.role}</span>
              <small>
                Asked {whenText(user.createdAt)}, workspace {user.tenant}
              </small>
            </div>
            {rightsOn(user, me, roles).mayChange && <Decision name={user.name} act={act} />}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Decision({ name, act }: { readonly name: string; readonly act: Act }) {
  const route = routeOf(name)
  const approve = () =>
    void act({ method: 'PATCH', route, body: { state: 'active' }, done: `${name} is approved and can sign in.` })
  const refuse = () => void act({ method: 'DELETE', route, done: `${name} is refused; the request is forgotten.` })
  return (
    <div class="row">
      <button type="button" class="small" aria-label={`Approve ${name}`} onClick={approve}>
        Approve
      </button>
      <ConfirmButton label="Refuse" subject={name} act={refuse} />
    </div>
  )
}
