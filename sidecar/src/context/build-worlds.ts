/** What is a principal's own world? Every handle bound to one principal; building them opens nothing. */

import type { Principal } from '@gatehouse/shared/principal'
import type { LiveConfig } from '../config/live-config.ts'
import type { FindDisk } from '../files/disk.ts'
import { withinOwnFolder } from '../files/own-folder.ts'
import { withDiskListing } from '../files/own-storage.ts'
import { discardingPartialUploads } from '../files/partial-upload.ts'
import type { Ledger } from '../ledger/create-ledger.ts'
import type { World } from '../policy/world.ts'
import { createSettings } from '../userdata/settings.ts'
import { createUserdata } from '../userdata/userdata.ts'
import type { Comfyui } from './build-comfyui.ts'
import { inTime } from './in-time.ts'
import { roleRulesOf } from './role-rules.ts'

export interface WorldDependencies {
  readonly live: LiveConfig
  readonly ledger: Pick<Ledger, 'jobsOf' | 'filesOf'>
  readonly comfyui: Comfyui
  readonly findDisk: FindDisk
  readonly clock: () => number
}

/** Settings files are small; ComfyUI sets no bound. */
const settingsLimitBytes = 2 * 1024 * 1024
const patienceMs = 2_000

export function createWorlds({
  live,
  ledger,
  comfyui,
  findDisk,
  clock,
}: WorldDependencies): (principal: Principal) => World {
  const asked = async (): Promise<string | undefined> => {
    const { value } = await comfyui.facts.getJson('/system_stats')
    return requiredFrontend(value)
  }
  // Settings are Gatehouse's own: they are read and written while ComfyUI is down or busy, too.
  const frontendVersion = (): Promise<string | undefined> => inTime(asked(), patienceMs)
  const { dataDir } = live.current()
  return (principal) => {
    const role = live.limitsOf(principal.role)
    const limits = { fileBytes: role.userdata_file, settingsBytes: settingsLimitBytes }
    const own = { dataDir, principal, limits, clock }
    const jobs = once(() => ledger.jobsOf(principal))
    const { tenant } = principal
    const files = once(() => {
      const known = discardingPartialUploads(ledger.filesOf(principal), findDisk, tenant.folderKey)
      return withDiskListing(withinOwnFolder(known, findDisk, tenant.folderKey), findDisk, tenant)
    })
    const userdata = once(() => createUserdata(own))
    const settings = once(() => createSettings({ ...own, frontendVersion }))
    return {
      principal,
      // Built when first asked for: most requests touch one of them, and this runs for every request.
      get jobs() {
        return jobs()
      },
      get files() {
        return files()
      },
      get userdata() {
        return userdata()
      },
      get settings() {
        return settings()
      },
      comfyui: comfyui.facts,
      cached: comfyui.cached,
      limits: {
        maxUploadBytes: role.upload,
        uploadTypes: role.upload_types,
        maxPictureMegapixels: role.megapixels,
        maxFramesMegapixels: role.held_megapixels,
        // No character takes less than a byte.
        maxCaptionBytes: role.prompt_text_length,
        allowPickles: live.current().models.allow_pickles,
        models: roleRulesOf(live.current(), principal.role).models,
        maxJsonBytes: role.json_body,
        stripsMetadata: live.stripsMetadata(principal.role),
      },
    }
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function requiredFrontend(stats: unknown): string | undefined {
  const system = typeof stats === 'object' && stats !== null && 'system' in stats ? stats.system : undefined
  const version =
    typeof system === 'object' && system !== null && 'required_frontend_version' in system
      ? system.required_frontend_version
      : undefined
  return typeof version === 'string' ? version : undefined
}
