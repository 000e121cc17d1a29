/** What is there to say of one person, and to do? What may be done opens below their name. */
import type { Me } from '@gatehouse/shared/own-api-contract'
import type { RoleSummary, UserSummary } from '@gatehouse/shared/people-contract'
import { useId, useRef, useState } from 'preact/hooks'
import { whenText } from '../when.ts'
import { ChangePerson } from './change-person.tsx'
import { rightsOn } from './rights.ts'
import { useKeptFocus } from './use-kept-focus.ts'
import type { Deeds } from './use-people.ts'

interface Props {
  readonly user: UserSummary
  readonly me: Me
  readonly roles: readonly RoleSummary[]
  readonly deeds: Deeds
}

export function Person({ user, me, roles, deeds }: Props) {
  const [isOpen, setOpen] = useState(false)
  const toggle = useRef<HTMLButtonElement>(null)
  useKeptFocus(toggle, `${user.role} ${user.state}`)
  const rights = rightsOn(user, me, roles)
  const panelId = useId()
  return (
    <li>
      <div class="about">
        {user.name} <span class="badge">{user.role}</span>
        {user.state === 'disabled' && <span class="badge warn">disabled</span>}
        {user.kind === 'service' && <span class="badge plain">service account</span>}
        {user.name === me.user && <span class="badge plain">you</span>}
        <small>
          Workspace {user.tenant}, since {whenText(user.createdAt)}
        </small>
      </div>
      {(rights.mayChange || rights.mayActFor) && (
        <button
          ref={toggle}
          type="button"
          class="small quiet"
          aria-label={`Change ${user.name}`}
          aria-expanded={isOpen}
          aria-controls={panelId}
          onClick={() => setOpen(!isOpen)}
        >
          Change
        </button>
      )}
      <div id={panelId} class="panel" hidden={!isOpen}>
        {isOpen && <ChangePerson user={user} rights={rights} roles={roles} deeds={deeds} />}
      </div>
    </li>
  )
}
