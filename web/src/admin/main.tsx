/** What does `/admin` do? Lets those who administer decide who comes in, with which rights, and until when. */
import { mayAdminister } from '@gatehouse/shared/may-administer'
import type { Me } from '@gatehouse/shared/own-api-contract'
import { render } from 'preact'
import { ActingNotice } from '../acting-notice.tsx'
import { Card, getPlace } from '../card.tsx'
import { Alert } from '../form.tsx'
import { createOwnApi } from '../own-api-client.ts'
import { createProvingApi } from '../proof-dialog.tsx'
import { Invitations } from './invitations.tsx'
import { People } from './people.tsx'
import { Told } from './told.tsx'
import { usePeople } from './use-people.ts'
import { Waiting } from './waiting.tsx'

const api = createProvingApi(createOwnApi(window.fetch.bind(window)))
const goToLogin = () => location.replace('/login?next=%2Fadmin')

async function start(): Promise<void> {
  const me = await api.findMe()
  if (me === undefined || me.guest === true) return goToLogin()
  if (me.needsFactor === true) return location.replace('/account#factors')
  render(mayAdminister(me) ? <Administration me={me} /> : <NotAllowed me={me} />, getPlace())
}

function Administration({ me }: { readonly me: Me }) {
  const mayChange = me.permissions.includes('admin:users')
  const { users, roles, told, forget, act, takePlaceOf } = usePeople(api, goToLogin)
  return (
    <Card title="Administration" isWide>
      <WaysOut />
      {users !== undefined && (
        <>
          {mayChange && <Waiting users={users} me={me} roles={roles} act={act} />}
          {mayChange && <Invitations api={api} roles={roles} />}
          <People users={users} me={me} roles={roles} deeds={{ act, takePlaceOf }} />
        </>
      )}
      <Told told={told} close={forget} />
    </Card>
  )
}

function NotAllowed({ me }: { readonly me: Me }) {
  return (
    <Card title="Administration">
      <ActingNotice me={me} />
      <Alert text="Your role does not allow this." />
      <WaysOut />
    </Card>
  )
}

function WaysOut() {
  return (
    <div class="row">
      <a class="button" href="/">
        Open ComfyUI
      </a>
      <a class="button quiet" href="/account">
        Own account
      </a>
    </div>
  )
}

void start()
