/** Which resources make up the route table? Written by `pnpm generate`; not edited by hand. */
import { assets } from './assets.ts'
import { document } from './document.ts'
import { extensions } from './extensions.ts'
import { history } from './history.ts'
import { internal } from './internal.ts'
import { jobs } from './jobs.ts'
import { manager } from './manager.ts'
import { models } from './models.ts'
import { objectInfo } from './object-info.ts'
import { prompt } from './prompt.ts'
import { queue } from './queue.ts'
import { staticFiles } from './static.ts'
import { system } from './system.ts'
import { upload } from './upload.ts'
import { userdata } from './userdata.ts'
import { viewFiles } from './view.ts'
import { websocket } from './websocket.ts'

export const resources = [
  assets,
  document,
  extensions,
  history,
  internal,
  jobs,
  manager,
  models,
  objectInfo,
  prompt,
  queue,
  staticFiles,
  system,
  upload,
  userdata,
  viewFiles,
  websocket,
] as const
