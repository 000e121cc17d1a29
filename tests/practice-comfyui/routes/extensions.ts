/** Which browser files are there? The stock frontend at `/`, `/extensions`, and the small lists the UI asks for. */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { type Answer, bytes, empty, file, HttpException, json, notFound, text } from '../aiohttp/answer.ts'
import type { RouteTable, StaticMount } from '../aiohttp/router.ts'
import type { Comfyui } from '../comfyui.ts'
import { isInside } from '../directories.ts'
import { welcomePath, welcomeScript } from '../welcome.ts'
import { filesBelow } from './model-folders.ts'

const uncached = [
  ['Cache-Control', 'no-store, must-revalidate'],
  ['Pragma', 'no-cache'],
  ['Expires', '0'],
] as const

const missingFrontend = `<!doctype html>
<meta charset="utf-8"><title>Practice ComfyUI</title>
<h1>Practice ComfyUI</h1>
<p>The server runs, but the stock ComfyUI frontend is missing. Install Python 3 with pip, make sure that
<code>python3 -m pip download comfyui-frontend-package</code> works, and start again.</p>
`

export function extensionsRoutes({ frontendRoot, welcome }: Comfyui): RouteTable {
  return {
    'GET /': () =>
      frontendRoot === undefined
        ? bytes(Buffer.from(missingFrontend), 'text/html; charset=utf-8', uncached)
        : file(join(frontendRoot, 'index.html'), uncached),
    'GET /extensions': () =>
      json([...(frontendRoot === undefined ? [] : extensionFiles(frontendRoot)), ...(welcome ? [welcomePath] : [])]),
    [`GET ${welcomePath}`]: () => bytes(Buffer.from(welcomeScript), 'text/javascript', uncached),
    'GET /workflow_templates': () => json({}),
    'GET /i18n': () => json({}),
    // The template package is not part of the stand-in.
    'GET /templates/{path:.*}': () => {
      throw new HttpException(notFound())
    },
    'GET /global_subgraphs': () => json({}),
    'GET /global_subgraphs/{id}': () => json(null),
  }
}

/** `web.static('/', root)`: symbolic links are not followed out, folders are 403. */
export function frontendMount({ frontendRoot }: Comfyui): StaticMount {
  return { prefix: '', serve: (name) => (frontendRoot === undefined ? empty(404) : serveStatic(frontendRoot, name)) }
}

function serveStatic(root: string, name: string): Answer {
  if (name.includes('\0')) throw new HttpException(notFound())
  const path = resolve(root, name)
  if (!isInside(root, path)) throw new HttpException(notFound())
  if (existsSync(path) && !isInside(realpathSync(root), realpathSync(path))) throw new HttpException(notFound())
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isDirectory() === true) throw new HttpException(text(403, '403: Forbidden'))
  return file(path)
}

function extensionFiles(root: string): string[] {
  return filesBelow(join(root, 'extensions'))
    .filter((path) => path.endsWith('.js'))
    .map((path) => `/${relative(root, path)}`)
}
