/** Which files does a user keep? `/userdata`, `/v2/userdata` (`app/user_manager.py`), single-user as it comes. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { type Answer, empty, file, json, text } from '../aiohttp/answer.ts'
import { guessType, isDangerousType } from '../aiohttp/content-types.ts'
import type { IncomingRequest } from '../aiohttp/incoming-request.ts'
import type { RouteTable } from '../aiohttp/router.ts'
import { unquote } from '../aiohttp/target.ts'
import type { Comfyui } from '../comfyui.ts'
import { type Directories, isInside } from '../directories.ts'
import { PythonError } from '../nodes/node-class.ts'
import { dict, type PythonDict, type PythonValue } from '../python/values.ts'

export function userdataRoutes({ directories }: Comfyui): RouteTable {
  const root = userRoot(directories)
  return {
    'GET /userdata': (request) => list(root, request),
    'GET /v2/userdata': (request) => listTree(root, request.query('path') ?? ''),
    'GET /userdata/{file}': (request) => read(root, request),
    'POST /userdata/{file}': (request) => write(root, request),
    'DELETE /userdata/{file}': (request) => {
      const path = userPath(root, request.params.get('file') ?? '')
      if (path === undefined) return empty(403)
      if (!existsSync(path)) return empty(404)
      if (statSync(path).isDirectory()) throw new PythonError('IsADirectoryError', path)
      rmSync(path)
      return empty(204)
    },
    'POST /userdata/{file}/move/{dest}': (request) => move(root, request),
  }
}

export function userRoot(directories: Directories): string {
  return join(directories.user, 'default')
}

/** `get_request_user_filepath`: what still holds a `%` is decoded again; the parent folder is made. */
export function userPath(root: string, name: string, create = true): string | undefined {
  const decoded = name.includes('%') ? unquote(name) : name
  const path = resolve(root, decoded)
  if (!isInside(root, path)) return undefined
  if (create) mkdirSync(dirname(path), { recursive: true })
  return path
}

function list(root: string, request: IncomingRequest): Answer {
  const directory = request.query('dir') ?? ''
  if (directory === '') return text(400, 'Directory not provided')
  const path = userPath(root, directory)
  if (path === undefined) return text(403, 'Invalid directory')
  if (!existsSync(path)) return text(404, 'Directory not found')
  const is = (key: string) => (request.query(key) ?? '').toLowerCase() === 'true'
  const found = visibleFiles(path, is('recurse'))
  return json(
    found.map((one): PythonValue => {
      const name = relative(path, one)
      if (is('full_info')) return fileInfo(one, path)
      return is('split') ? [name, ...name.split('/')] : name
    }),
  )
}

// glob's `*` and `**` leave out what starts with a dot.
function visibleFiles(folder: string, recurse: boolean): string[] {
  if (!statSync(folder).isDirectory()) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.'))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (!entry.isDirectory()) return [path]
      return recurse ? visibleFiles(path, true) : []
    })
}

function listTree(root: string, asked: string): Answer {
  const wanted = unquote(asked)
  const path = wanted === '' ? root : userPath(root, wanted, false)
  if (path === undefined) return text(400, 'Invalid path requested')
  if (!existsSync(path)) return path === root ? json([]) : text(404, 'Requested path not found')
  if (!statSync(path).isDirectory()) return text(400, 'Requested path is not a directory')
  const entries = walk(path, root)
  const rank = (entry: PythonDict) =>
    `${entry.get('type') === 'directory' ? 0 : 1}${String(entry.get('name')).toLowerCase()}`
  return json(entries.sort((a, b) => (rank(a) < rank(b) ? -1 : Number(rank(a) > rank(b)))))
}

function walk(folder: string, root: string): PythonDict[] {
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name)
    const shared = { name: entry.name, path: relative(root, path) }
    if (entry.isDirectory()) return [dict({ ...shared, type: 'directory' }), ...walk(path, root)]
    const stats = statSync(path)
    return [dict({ ...shared, type: 'file', size: stats.size, modified: { float: stats.mtimeMs / 1000 } })]
  })
}

function read(root: string, request: IncomingRequest): Answer {
  const path = userPath(root, request.params.get('file') ?? '')
  if (path === undefined) return empty(403)
  if (!existsSync(path)) return empty(404)
  const isUserCss = path === join(root, 'user.css')
  const guessed = guessType(path) ?? 'application/octet-stream'
  const type = isUserCss ? 'text/css' : isDangerousType(guessed) ? 'application/octet-stream' : guessed
  return file(path, [
    ['Content-Type', type],
    ['X-Content-Type-Options', 'nosniff'],
    ['Content-Disposition', isUserCss ? 'inline' : 'attachment'],
  ])
}

async function write(root: string, request: IncomingRequest): Promise<Answer> {
  const path = userPath(root, request.params.get('file') ?? '')
  if (path === undefined) return empty(403)
  if (request.query('overwrite') === 'false' && existsSync(path)) return text(409, 'File already exists')
  const body = await request.body()
  try {
    const temporary = join(dirname(path), `.tmp-${basename(path)}`)
    writeFileSync(temporary, body)
    renameSync(temporary, path)
  } catch {
    // Any OSError: 400 with a reason phrase and no body.
    return empty(400)
  }
  return told(path, root, request)
}

function move(root: string, request: IncomingRequest): Answer {
  const source = userPath(root, request.params.get('file') ?? '')
  if (source === undefined) return empty(403)
  if (!existsSync(source)) return empty(404)
  const destination = userPath(root, request.params.get('dest') ?? '')
  if (destination === undefined) return empty(403)
  if (request.query('overwrite') === 'false' && existsSync(destination)) return text(409, 'File already exists')
  // shutil.move: onto a folder means into it.
  const isFolder = existsSync(destination) && statSync(destination).isDirectory()
  renameSync(source, isFolder ? join(destination, basename(source)) : destination)
  return told(destination, root, request)
}

function told(path: string, root: string, request: IncomingRequest): Answer {
  const full = (request.query('full_info') ?? 'false').toLowerCase() === 'true'
  return json(full ? fileInfo(path, root) : relative(root, path))
}

function fileInfo(path: string, from: string): PythonDict {
  const stats = statSync(path)
  const [modified, created] = [Math.trunc(stats.mtimeMs), Math.trunc(stats.ctimeMs)]
  return dict({ path: relative(from, path), size: stats.size, modified, created })
}
