/** What does a user prefer, and which users are there? `/settings`, `/users`. */
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { empty, json } from '../aiohttp/answer.ts'
import type { RouteTable } from '../aiohttp/router.ts'
import type { Comfyui } from '../comfyui.ts'
import { PythonError } from '../nodes/node-class.ts'
import { dumpPythonJson } from '../python/dump-json.ts'
import { parsePythonJson } from '../python/parse-json.ts'
import { isDict, type PythonDict, type PythonValue } from '../python/values.ts'
import { userPath, userRoot } from './userdata.ts'

export function settingsRoutes({ directories }: Comfyui): RouteTable {
  const path = () => userPath(userRoot(directories), 'comfy.settings.json') ?? ''
  const load = (): PythonValue => readSettings(path())
  const save = (settings: PythonValue) => writeFileSync(path(), dumpPythonJson(settings, 4))
  return {
    'GET /settings': () => json(load()),
    'GET /settings/{id}': (request) => {
      const settings = load()
      return json(isDict(settings) ? (settings.get(request.params.get('id') ?? '') ?? null) : null)
    },
    'POST /settings': async (request) => {
      const given = await request.json()
      save(new Map([...entriesOf(load()), ...entriesOf(given)]))
      return empty(200)
    },
    'POST /settings/{id}': async (request) => {
      const settings = entriesOf(load())
      settings.set(request.params.get('id') ?? '', await request.json())
      save(settings)
      return empty(200)
    },
  }
}

/** Creating users works in single-user mode too, and writes users.json. */
export function usersRoutes({ directories, users }: Comfyui): RouteTable {
  return {
    'GET /users': () => json({ storage: 'server', migrated: existsSync(userRoot(directories)) }),
    'POST /users': async (request) => {
      const body = await request.json()
      const asked = isDict(body) ? body.get('username') : undefined
      if (asked === undefined) throw new PythonError('KeyError', "'username'")
      if (typeof asked !== 'string') throw new PythonError('AttributeError', "no attribute 'strip'")
      if ([...users.values()].includes(asked)) return json({ error: 'Duplicate username.' }, 400)
      const name = asked.trim()
      if (name === '') return json({ error: 'username not provided' }, 400)
      const id = name.replace(/[^a-zA-Z0-9\-_]+/g, '-')
      if (name.startsWith('__') || id.startsWith('__')) return json({ error: 'System User prefix not allowed' }, 400)
      const unique = `${id}_${randomUUID()}`
      users.set(unique, name)
      writeFileSync(join(directories.user, 'users.json'), dumpPythonJson(new Map(users)))
      return json(unique)
    },
  }
}

function readSettings(path: string): PythonValue {
  if (!existsSync(path)) return new Map()
  try {
    return parsePythonJson(readFileSync(path, 'utf8'))
  } catch {
    // A broken file counts as empty settings.
    return new Map()
  }
}

function entriesOf(value: PythonValue): PythonDict {
  if (isDict(value)) return value
  throw new PythonError('TypeError', 'object is not a mapping')
}
