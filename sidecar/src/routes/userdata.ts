/** Whose saved workflows and settings are these? */
import { type Answer, json } from '../policy/answer.ts'
import { answered, denied } from '../policy/isolation.ts'
import { routes, row } from '../policy/row.ts'

const store = answered("the tenant's own store", (request, world, body) => world.userdata.answer(request, body))
const settings = answered("the user's own settings", (request, world, body) => world.settings.answer(request, body))
/** The single-user form: no user page, no list of others, no second logout button (frontend.md 3). */
const single = answered('a constant: one user, no list of others', async () =>
  json({ storage: 'server', migrated: true }),
)

/** A style sheet by type, so that the browser logs a missing file and not a refused one. */
const noStyle: Answer = { kind: 'text', status: 404, text: '', type: 'text/css; charset=utf-8' }

export const userdata = routes('userdata', {
  says: 'Saved files belong to the tenant, settings to the user; ComfyUI never sees either.',
  source: 'ComfyUI app/user_manager.py, app/app_settings.py @ 0.33.0',
  table: {
    'GET /userdata': row('workflow:read', store),
    'GET /v2/userdata': row('workflow:read', store),
    'GET /userdata/:file': row('workflow:read', store),
    'POST /userdata/:file': row('workflow:save', store),
    'DELETE /userdata/:file': row('workflow:delete', store),
    'POST /userdata/:file/move/:destination': row('workflow:delete', store),
    'GET /settings': row('ui:open', settings),
    'GET /settings/:id': row('ui:open', settings),
    'POST /settings': row('settings:write', settings),
    'POST /settings/:id': row('settings:write', settings),
    'GET /users': row('ui:open', single),
    'POST /users': row(
      'ui:open',
      denied('users are made by administrators of Gatehouse', {
        kind: 'json',
        status: 400,
        value: { error: 'Users are managed by Gatehouse.' },
      }),
    ),
    'GET /user.css': row(
      'ui:open',
      denied('the page asks for it beside /userdata/user.css; ComfyUI has none', noStyle),
      'root',
    ),
  },
})
