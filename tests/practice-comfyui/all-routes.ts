/** Which routes does ComfyUI register, in which order? */
import { notFound } from './aiohttp/answer.ts'
import { createRouter, type Router } from './aiohttp/router.ts'
import type { Comfyui } from './comfyui.ts'
import { assetsRoutes } from './routes/assets.ts'
import { extensionsRoutes, frontendMount } from './routes/extensions.ts'
import { historyRoutes } from './routes/history.ts'
import { internalRoutes } from './routes/internal.ts'
import { jobsRoutes } from './routes/jobs.ts'
import { modelsRoutes } from './routes/models.ts'
import { objectInfoRoutes } from './routes/object-info.ts'
import { packFilesRoutes, refusingLinks } from './routes/pack-files.ts'
import { promptRoutes } from './routes/prompt.ts'
import { queueRoutes } from './routes/queue.ts'
import { settingsRoutes, usersRoutes } from './routes/settings.ts'
import { systemRoutes } from './routes/system.ts'
import { uploadRoutes } from './routes/upload.ts'
import { userdataRoutes } from './routes/userdata.ts'
import { viewRoutes } from './routes/view.ts'
import { websocketRoutes } from './routes/websocket.ts'

/** `isGuarded`: the companion pack is installed, which adds a route of its own. */
export function createComfyuiRouter(comfyui: Comfyui, isGuarded: boolean): Router {
  return createRouter({
    undoubled: { ...assetsRoutes(), ...(isGuarded ? packFilesRoutes(comfyui) : {}) },
    routes: {
      ...websocketRoutes(),
      ...extensionsRoutes(comfyui),
      ...modelsRoutes(comfyui),
      ...uploadRoutes(comfyui),
      ...(isGuarded ? refusingLinks(comfyui, viewRoutes(comfyui)) : viewRoutes(comfyui)),
      ...systemRoutes(comfyui),
      ...promptRoutes(comfyui),
      ...objectInfoRoutes(comfyui),
      ...jobsRoutes(comfyui),
      ...historyRoutes(comfyui),
      ...queueRoutes(comfyui),
      ...settingsRoutes(comfyui),
      ...usersRoutes(comfyui),
      ...userdataRoutes(comfyui),
    },
    statics: [frontendMount(comfyui)],
    subApplication: { prefix: '/internal', routes: internalRoutes(comfyui), absent: notFound() },
  })
}
