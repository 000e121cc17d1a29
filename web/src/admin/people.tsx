/** Who has an account? Everybody with their role, workspace and state, and what may be changed of each. */
import type { Me } from '@gatehouse/shared/own-api-contract'
import type { RoleSummary, UserSummary } from '@gatehouse/shared/people-contract'
import { useRef, useState } from 'preact/hooks'
import { Person } from './person.tsx'
import { useKeptFocus } from './use-kept-focus.ts'
import type { Deeds } from './use-people.ts'

interface Props {
  readonly users: readonly UserSummary[]
  readonly me: Me
  readonly roles: readonly RoleSummary[]
  readonly deeds: Deeds
}

/** So many fit on a screen: from here on there is something to search in. */
const manyCount = 8

export function People({ users, me, roles, deeds }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  const [wanted, setWanted] = useState('')
  const people = users.filter(({ state }) => state !== 'pending')
  const shown = people.filter((user) => isWanted(user, wanted))
  useKeptFocus(heading, people.map(({ name }) => name).join(' '))
  return (
    <section aria-labelledby="people-title">
      <h2 id="people-title" ref={heading} tabIndex={-1}>
        People
      </h2>
      {people.length > manyCount && (
        <div class="field">
          <label for="find">Find</label>
          <input
            id="find"
            type="search"
            autocomplete="off"
            aria-describedby="find-hint"
            value={wanted}
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
          <p class="hint" id="find-hint" role="status">
            {shown.length} of {people.length}, by name, role, workspace or state.
          </p>
        </div>
      )}
      <ul class="list">
        {shown.map((user) => (
          <Person key={user.name} user={user} me={me} roles={roles} deeds={deeds} />
        ))}
      </ul>
    </section>
  )
}

function isWanted({ name, role, tenant, state, kind }: UserSummary, wanted: string): boolean {
  const words = wanted.toLowerCase().split(/\s+/)
  return words.every((word) => [name, role, tenant.toLowerCase(), state, kind].some((text) => text.includes(word)))
}
