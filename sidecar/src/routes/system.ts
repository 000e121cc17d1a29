/** What may a tenant know of the machine, and who may free its memory? */

import type { Json } from '@gatehouse/shared/json'
import { mayPrincipal } from '@gatehouse/shared/principal'
import { empty } from '../policy/answer.ts'
import type { CanonicalRequest, RequestBody } from '../policy/canonical-request.ts'
import { filtered, operator, rooted } from '../policy/isolation.ts'
import { outgoing } from '../policy/outgoing.ts'
import { routes, row } from '../policy/row.ts'
import type { World } from '../policy/world.ts'
import { ownFeatureFlags } from '../transform/feature-flags.ts'
import { isObject } from '../transform/json-shape.ts'

/** Fields of `system` that name neither a path nor a flag. */
const systemFields = [
  'os',
  'ram_total',
  'ram_free',
  'comfyui_version',
  'required_frontend_version',
  'installed_templates_version',
  'required_templates_version',
  'comfy_package_versions',
  'python_version',
  'pytorch_version',
  'embedded_python',
  'deploy_environment',
] as const

/** The UI shows the Manager when `argv` holds its flag; everything else in it is host paths. */
export function ownSystemStats(value: Json, _request: unknown, world: World): Json {
  const system = isObject(value) && isObject(value.system) ? value.system : {}
  const devices = isObject(value) && Array.isArray(value.devices) ? value.devices : []
  const kept = Object.fromEntries(
    systemFields.flatMap((field) => (system[field] === undefined ? [] : [[field, system[field]]])),
  )
  const argv = Array.isArray(system.argv) ? system.argv : []
  const manager = mayPrincipal(world.principal, 'manager:read')
    ? argv.filter((flag) => flag === '--enable-manager' || flag === '--enable-manager-legacy-ui')
    : []
  return { system: { ...kept, argv: ['main.py', ...manager] }, devices }
}

async function freeMemory(_request: CanonicalRequest, world: World, body: RequestBody) {
  const asked = await body.json(world.limits.maxJsonBytes)
  const switches = {
    unload_models: isObject(asked) && asked.unload_models === true,
    free_memory: isObject(asked) && asked.free_memory === true,
  }
  return outgoing({
    method: 'POST',
    segments: ['free'],
    headers: { 'content-type': 'application/json' },
    body: new TextEncoder().encode(JSON.stringify(switches)),
  })
}

function ownFeatures(value: Json, _request: unknown, world: World): Json {
  return ownFeatureFlags(value, {
    manager: mayPrincipal(world.principal, 'manager:read'),
    maxUploadBytes: world.limits.maxUploadBytes,
  })
}

export const system = routes('system', {
  says: 'Versions and devices are shared; host paths and flags are not, and memory is freed by those who may.',
  source: 'ComfyUI server.py system_stats, get_features, post_free @ 0.33.0',
  table: {
    'GET /system_stats': row('ui:open', filtered('versions and devices, without argv and paths', ownSystemStats)),
    'GET /features': row(
      'ui:open',
      filtered('how ComfyUI talks; assets and, for most, the Manager are off', ownFeatures),
    ),
    'POST /free': row(
      'ui:open',
      // The stock UI shows an error on anything but 200.
      operator(
        'worker:free',
        'unloading models slows everybody down',
        rooted('two switches, rebuilt', freeMemory),
        empty(200),
      ),
    ),
  },
})
