/** Who gets the page? */
import { answered } from '../policy/isolation.ts'
import { routes, row } from '../policy/row.ts'

const page = answered("ComfyUI's index.html, with the page script first and bound to the person", (request, world) =>
  world.cached.document(request, world.principal),
)

export const document = routes('document', {
  says: 'A page is bound to the person it was opened for.',
  source: 'ComfyUI server.py get_root @ 0.33.0',
  table: {
    'GET /': row('ui:open', page),
    'GET /index.html': row('ui:open', page, 'root'),
  },
})
