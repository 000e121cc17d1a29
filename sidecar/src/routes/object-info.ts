/** Which nodes are offered, and which files do their lists name? */
import { answered } from '../policy/isolation.ts'
import { routes, row } from '../policy/row.ts'

const lists = answered(
  "the cache, what may not be run left out, file lists replaced by the tenant's own",
  (request, world) => world.cached.objectInfo(request, world),
)

export const objectInfo = routes('object-info', {
  says: "Node definitions are shared, without the classes that the role may not run and the models that nobody may choose; the file names inside them are the tenant's own.",
  source: 'ComfyUI server.py get_object_info, get_object_info_node @ 0.33.0',
  table: {
    'GET /object_info': row('ui:open', lists),
    'GET /object_info/:class': row('ui:open', lists),
  },
})
