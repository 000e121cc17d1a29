/** Whom did we invite? Invitations that can still be used, each of which can be taken back, and new ones. */
import type { InvitationCreated, InvitationSummary } from '@gatehouse/shared/arrivals-contract'
import type { RoleSummary } from '@gatehouse/shared/people-contract'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { Alert, ConfirmButton } from '../form.tsx'
import type { OwnApi } from '../own-api-client.ts'
import { whenText } from '../when.ts'
import { InviteForm } from './invite-form.tsx'
import { NewLink } from './new-link.tsx'
import { parseCreated, parseInvitations } from './parse-invitations.ts'
import { useKeptFocus } from './use-kept-focus.ts'

interface Props {
  readonly api: OwnApi
  readonly roles: readonly RoleSummary[]
}

export function Invitations({ api, roles }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  const [open, setOpen] = useState<readonly InvitationSummary[]>([])
  const [created, setCreated] = useState<InvitationCreated>()
  const [error, setError] = useState('')
  const load = useCallback(async () => {
    const outcome = await api.call('GET', '/invitations')
    if (outcome.ok) setOpen(parseInvitations(outcome.value))
    else setError(outcome.message)
  }, [api])
  useEffect(() => void load(), [load])
  useKeptFocus(heading, open.map(({ id }) => id).join(' '))

  const invite = async (wish: object) => {
    setError('')
    const outcome = await api.call('POST', '/invitations', wish)
    if (!outcome.ok) return outcome.message
    setCreated(parseCreated(outcome.value))
    await load()
    return undefined
  }
  const takeBack = async ({ id }: InvitationSummary) => {
    const outcome = await api.call('DELETE', `/invitations/${encodeURIComponent(id)}`)
    setError(outcome.ok ? '' : outcome.message)
    if (outcome.ok && created?.id === id) setCreated(undefined)
    await load()
  }
  const given = roles.filter(({ mayGive }) => mayGive).map(({ name }) => name)
  return (
    <section aria-labelledby="invitations-title">
      <h2 id="invitations-title" ref={heading} tabIndex={-1}>
        Invitations
      </h2>
      <Alert text={error} />
      <ul class="list">
        {open.map((invitation) => (
          <li key={invitation.id}>
            <About invitation={invitation} />
            {given.includes(invitation.role) && (
              <ConfirmButton label="Take back" subject={subjectOf(invitation)} act={() => void takeBack(invitation)} />
            )}
          </li>
        ))}
      </ul>
      <NewLink created={created} />
      <details key={created?.id}>
        <summary>Invite somebody</summary>
        <InviteForm roles={given} invite={invite} />
      </details>
    </section>
  )
}

function About({ invitation }: { readonly invitation: InvitationSummary }) {
  const { role, tenant, user, invitedBy, expiresAt } = invitation
  return (
    <div class="about">
      {user ?? 'Whoever opens the link'} <span class="badge">{role}</span>
      <small>
        {tenant === null ? 'A workspace of their own' : `Workspace ${tenant}`}, good until {whenText(expiresAt)}
        {invitedBy !== null && `, from ${invitedBy}`}
      </small>
    </div>
  )
}

/** What tells one from another for those who hear the button alone. */
function subjectOf({ user, role, expiresAt }: InvitationSummary): string {
  return `the invitation of ${user ?? `a ${role}`}, good until ${whenText(expiresAt)}`
}
