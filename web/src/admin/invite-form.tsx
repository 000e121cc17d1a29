/** Whom does an invitation let in? Somebody with a role, in a workspace, under a name, for some days. */
import type { RoleName } from '@gatehouse/shared/roles'
import { Choice, Field, Form, textOf } from '../form.tsx'

interface Props {
  /** Those that may be given. */
  readonly roles: readonly RoleName[]
  /** A sentence says why not. */
  readonly invite: (wish: object) => Promise<string | undefined>
}

const days = [1, 3, 7, 14, 30] as const
const usualDays = 7

export function InviteForm({ roles, invite }: Props) {
  const submit = (fields: FormData) => {
    const [tenant, user] = [textOf(fields, 'tenant').trim(), textOf(fields, 'user').trim()]
    return invite({
      role: textOf(fields, 'role'),
      expiresInDays: Number(textOf(fields, 'days')),
      ...(tenant === '' ? {} : { tenant }),
      ...(user === '' ? {} : { user }),
    })
  }
  const roleOptions = roles.map((name) => ({ value: name, label: name }))
  const dayOptions = days.map((count) => ({ value: String(count), label: count === 1 ? '1 day' : `${count} days` }))
  const usual = roles.find((name) => name === 'user') ?? roles[0] ?? ''
  return (
    <Form button="Make the link" submit={submit} isQuiet>
      <Choice label="Role" name="role" options={roleOptions} chosen={usual} />
      <Field
        label="Workspace"
        name="tenant"
        autocomplete="off"
        hint="People of one workspace share files and jobs. Empty: one of their own."
        isOptional
      />
      <Field label="User name" name="user" autocomplete="off" hint="Empty: they choose it themselves." isOptional />
      <Choice label="Good for" name="days" options={dayOptions} chosen={String(usualDays)} />
    </Form>
  )
}
