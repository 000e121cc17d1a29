/** What can be done to one person? Another role, help, their place, and an end to their access, for a while or for good. */
import type { RoleSummary, UserSummary } from '@gatehouse/shared/people-contract'
import { ConfirmButton } from '../form.tsx'
import { GiveRole } from './give-role.tsx'
import type { Rights } from './rights.ts'
import { type Act, type Deeds, routeOf } from './use-people.ts'

interface Props {
  readonly user: UserSummary
  readonly rights: Rights
  readonly roles: readonly RoleSummary[]
  readonly deeds: Deeds
}

export function ChangePerson({ user, rights, roles, deeds }: Props) {
  return (
    <>
      {rights.mayChange && <GiveRole user={user} roles={roles} act={deeds.act} />}
      <div class="row">
        {rights.mayActFor && (
          <ConfirmButton label="Act in their place" subject={user.name} act={() => void deeds.takePlaceOf(user.name)} />
        )}
        {rights.mayChange && user.kind === 'person' && <Help name={user.name} act={deeds.act} />}
        {rights.mayChange && <Access user={user} act={deeds.act} />}
      </div>
      <p class="hint">
        {rights.mayActFor && 'Acting in their place lasts an hour, is seen by them, and is written down. '}
        {rights.mayChange && 'Removing keeps the files of the workspace, and nobody of the same name inherits them.'}
      </p>
    </>
  )
}

function Help({ name, act }: { readonly name: string; readonly act: Act }) {
  const signOut = { method: 'DELETE', route: `/sessions?user=${encodeURIComponent(name)}` } as const
  const forget = { method: 'DELETE', route: `${routeOf(name)}/factors` } as const
  return (
    <>
      <ConfirmButton
        label="Sign out everywhere"
        subject={name}
        act={() => void act({ ...signOut, done: `${name} is signed out everywhere.` })}
      />
      <ConfirmButton
        label="Remove second factors"
        subject={name}
        act={() => void act({ ...forget, done: `${name} has no second factor any more, and is signed out.` })}
      />
    </>
  )
}

function Access({ user: { name, state }, act }: { readonly user: UserSummary; readonly act: Act }) {
  const route = routeOf(name)
  const switchTo = (next: 'active' | 'disabled', done: string) =>
    void act({ method: 'PATCH', route, body: { state: next }, done })
  return (
    <>
      {state === 'disabled' ? (
        <button
          type="button"
          class="small"
          aria-label={`Enable ${name}`}
          onClick={() => switchTo('active', `${name} is enabled and can sign in again.`)}
        >
          Enable
        </button>
      ) : (
        <ConfirmButton
          label="Disable"
          subject={name}
          act={() => switchTo('disabled', `${name} is disabled: sessions ended, keys refused.`)}
        />
      )}
      <ConfirmButton
        label="Remove"
        subject={name}
        act={() => void act({ method: 'DELETE', route, done: `${name} is removed.` })}
      />
    </>
  )
}
