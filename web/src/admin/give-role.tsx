/** Which role should somebody have from now on? One of those that the reader may give. */
import type { RoleSummary, UserSummary } from '@gatehouse/shared/people-contract'
import { useId, useState } from 'preact/hooks'
import { type Act, routeOf } from './use-people.ts'

interface Props {
  readonly user: UserSummary
  readonly roles: readonly RoleSummary[]
  readonly act: Act
}

export function GiveRole({ user, roles, act }: Props) {
  const [chosen, setChosen] = useState<string>(user.role)
  const id = useId()
  const names = roles.filter(({ mayGive }) => mayGive).map(({ name }) => name)
  // Theirs may be in the configuration no more.
  const offered = names.includes(user.role) ? names : [user.role, ...names]
  const give = () => {
    const done = `${user.name} has the role ${chosen}.`
    void act({ method: 'PATCH', route: routeOf(user.name), body: { role: chosen }, done })
  }
  return (
    <div class="row">
      <label for={id}>Role of {user.name}</label>
      <select id={id} class="small" value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
        {offered.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <button type="button" class="small" aria-label={`Give ${user.name} this role`} onClick={give}>
        Give this role
      </button>
      <span class="hint">Ends their sessions.</span>
    </div>
  )
}
