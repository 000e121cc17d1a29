/** What has a person set? `/settings` with the semantics of ComfyUI's app_settings.py 0.33.0, one file per person. */
import type { JsonObject } from '@gatehouse/shared/json'
import type { Principal } from '@gatehouse/shared/principal'
import { type Answer, empty, json, missingRoute } from '../policy/answer.ts'
import type { CanonicalRequest, RequestBody } from '../policy/canonical-request.ts'
import type { OwnSettings } from '../policy/world.ts'
import { makeParents } from './find-place.ts'
import { inTurn } from './in-turn.ts'
import type { UserdataLimits } from './limits.ts'
import { type Places, placesOf } from './places.ts'
import { parseSettingsObject, readSettings, renderSettings, setCorruptAside } from './settings-file.ts'
import { storageProblem } from './storage-error.ts'
import { receive } from './write-file.ts'

export interface SettingsOptions {
  readonly dataDir: string
  readonly principal: Principal
  readonly limits: UserdataLimits
  readonly clock: () => number
  /** The stock frontend's version, for `Comfy.InstalledVersion` of somebody new; undefined when nobody knows it yet. */
  readonly frontendVersion: () => Promise<string | undefined>
}

/** The settings of one principal. */
export function createSettings(options: SettingsOptions): OwnSettings {
  const places = placesOf(options.dataDir, options.principal, process.platform)
  return {
    answer: async (request, body) => {
      try {
        return await settingsAnswer(options, places, request, body)
      } catch (cause) {
        throw storageProblem(cause)
      }
    },
  }
}

async function settingsAnswer(
  options: SettingsOptions,
  places: Places,
  request: CanonicalRequest,
  body: RequestBody,
): Promise<Answer> {
  const [resource, id, ...rest] = request.segments
  if (resource !== 'settings' || rest.length > 0 || id === '') return missingRoute
  if (request.method === 'GET' || request.method === 'HEAD') return readAnswer(options, places, id)
  if (request.method !== 'POST') return missingRoute
  const value = await body.json(options.limits.settingsBytes)
  await merge(options, places, id === undefined ? parseSettingsObject(value) : { [id]: value })
  return empty(200)
}

async function readAnswer(options: SettingsOptions, places: Places, id: string | undefined): Promise<Answer> {
  const settings = await currentSettings(options, places)
  if (id === undefined) return json(settings)
  return json(Object.hasOwn(settings, id) ? (settings[id] ?? null) : null)
}

async function merge(options: SettingsOptions, places: Places, change: JsonObject): Promise<void> {
  const { path } = places.settings
  await inTurn(places.root, async () => {
    const merged = renderSettings({ ...(await currentSettings(options, places)), ...change })
    await using incoming = await receive(places.incoming, [merged], options.limits.settingsBytes, options.clock())
    await makeParents(places, places.settings)
    if ((await readSettings(path)).kind === 'corrupt') await setCorruptAside(path)
    await incoming.moveTo(path)
  })
}

/** Somebody new starts with what spares them the stock UI's first-run dialog (frontend 1.49.6 useNewUserService.ts). */
async function currentSettings(options: SettingsOptions, places: Places): Promise<JsonObject> {
  const stored = await readSettings(places.settings.path)
  if (stored.kind === 'settings') return stored.value
  // As ComfyUI's get_settings 0.33.0.
  if (stored.kind === 'corrupt') return {}
  const version = await options.frontendVersion()
  const seed = { 'Comfy.TutorialCompleted': true }
  return version === undefined ? seed : { ...seed, 'Comfy.InstalledVersion': version }
}
