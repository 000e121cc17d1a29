/** What do people do with saved workflows, settings, sockets and their own account in a story? */
import fc from 'fast-check'
import { openSocket } from '../actor.ts'
import { askJson, type Question } from '../ask.ts'
import { filledIn } from '../graphs.ts'
import type { Deed, Scene } from '../scene.ts'
import { clientId } from './jobs.ts'

const file = fc.constantFrom(
  'a.json',
  'b.json',
  'workflows/a.json',
  'subgraphs/a.json',
  'user.css',
  '../{foreign}/a.json',
)

function asks(says: string, question: (scene: Scene) => Question): Deed {
  return { says, does: async (scene) => void (await scene.ask(question(scene))) }
}

function place(name: string, scene: Scene): string {
  return `/userdata/${encodeURIComponent(filledIn(name, scene))}`
}

export const userdata = fc.oneof(
  fc
    .tuple(file, fc.nat({ max: 2 }), fc.constantFrom('', '?overwrite=false', '?full_info=true'))
    .map(([name, content, query]) =>
      asks(`saves ${content} as ${name}${query}`, (scene) => ({
        method: 'POST',
        path: `${place(name, scene)}${query}`,
        body: `{"content":${content}}`,
      })),
    ),
  file.map((name) => asks(`reads ${name}`, (scene) => ({ method: 'GET', path: place(name, scene) }))),
  file.map((name) => asks(`deletes ${name}`, (scene) => ({ method: 'DELETE', path: place(name, scene) }))),
  fc.tuple(file, file, fc.constantFrom('', '?overwrite=false')).map(([from, to, query]) =>
    asks(`moves ${from} to ${to}${query}`, (scene) => ({
      method: 'POST',
      path: `${place(from, scene)}/move/${encodeURIComponent(filledIn(to, scene))}${query}`,
    })),
  ),
  fc
    .constantFrom('/userdata?dir=workflows', '/userdata?dir=.&recurse=true&full_info=true', '/v2/userdata', '/user.css')
    .map((path) => asks(`looks at ${path}`, () => ({ method: 'GET', path }))),
)

const setting = fc.constantFrom('Comfy.Locale', 'a.setting')
export const settings = fc.oneof(
  fc
    .tuple(setting, fc.nat({ max: 2 }))
    .map(([id, value]) => asks(`sets ${id} to ${value}`, () => askJson('POST', `/settings/${id}`, value))),
  fc
    .tuple(setting, fc.nat({ max: 2 }))
    .map(([id, value]) =>
      asks(`sets ${id} to ${value} among others`, () => askJson('POST', '/settings', { [id]: value })),
    ),
  setting.map((id) => asks(`reads the setting ${id}`, () => ({ method: 'GET', path: `/settings/${id}` }))),
  fc.constant(asks('reads the settings', () => ({ method: 'GET', path: '/settings' }))),
)

export const joins = fc.tuple(clientId, fc.boolean()).map(
  ([id, wantsMetadata]): Deed => ({
    says: `joins as ${id === '' ? 'nobody in particular' : id}${wantsMetadata ? ' with metadata' : ''}`,
    does: async ({ stage, me }) => {
      me.sockets.push(await openSocket(stage.address, me.key, { clientId: id, wantsMetadata }))
    },
  }),
)

export const leaves = fc.constant<Deed>({
  says: 'closes the oldest socket',
  does: async ({ me }) => {
    await me.sockets.find(({ socket }) => socket.readyState === socket.OPEN)?.close()
  },
})

export const about = fc
  .constantFrom(
    '/gatehouse/api/v1/me',
    '/gatehouse/api/v1/queue',
    '/gatehouse/api/v1/keys',
    '/gatehouse/api/v1/sessions',
    '/gatehouse/api/v1/users',
    '/health',
    '/features',
    '/system_stats',
    '/users',
    '/internal/logs',
    '/internal/logs/raw',
    '/internal/folder_paths',
    '/nowhere',
  )
  .map((path) => asks(`asks for ${path}`, () => ({ method: 'GET', path })))
