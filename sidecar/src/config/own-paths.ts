/** Where is a file that the configuration names? A relative path begins beside the configuration file, wherever one starts. */
import { isAbsolute, join } from 'node:path'

/** `userdata_file` is a size, and ComfyUI's own folders (`input_dir` and such) are written whole. */
const namesPath = /^(?:dir|(?:(?!userdata_)\w+_)?file)$/

/** Below these, people, groups, roles and inputs of nodes are names of settings: one may be called `dir` or `file`. */
const ofNames: ReadonlySet<string> = new Set(['tenants', 'roles', 'fields'])

/** The settings as they were read, with every path below `folder`. */
export function withOwnPaths(settings: unknown, folder: string): unknown {
  if (Array.isArray(settings)) return settings.map((one) => withOwnPaths(one, folder))
  if (typeof settings !== 'object' || settings === null) return settings
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]: [string, unknown]) => [
      name,
      ofNames.has(name) ? value : isRelativePath(name, value) ? join(folder, value) : withOwnPaths(value, folder),
    ]),
  )
}

function isRelativePath(name: string, value: unknown): value is string {
  return namesPath.test(name) && typeof value === 'string' && value !== '' && !isAbsolute(value)
}
