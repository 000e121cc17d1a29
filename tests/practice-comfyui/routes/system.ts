/** What does the server tell about itself? `/system_stats`, `/features`. */
import { freemem, platform, totalmem } from 'node:os'
import { json } from '../aiohttp/answer.ts'
import { maxBodyBytes } from '../aiohttp/incoming-request.ts'
import type { RouteTable } from '../aiohttp/router.ts'
import type { Comfyui } from '../comfyui.ts'
import { dict, type PythonDict } from '../python/values.ts'

const packages = [
  ['comfyui-frontend-package', '1.49.6'],
  ['comfyui-workflow-templates', '0.11.44'],
  ['comfyui-embedded-docs', '0.5.10'],
  ['comfy-kitchen', '0.2.31'],
  ['comfy-aimdo', '0.4.13'],
] as const

export function systemRoutes({ argv }: Comfyui): RouteTable {
  return {
    'GET /system_stats': () => json({ system: system(argv), devices: [cpu()] }),
    'GET /features': () => json(serverFeatures()),
  }
}

/** Also the answer to a client's `feature_flags` message. */
export function serverFeatures(): PythonDict {
  return dict({
    supports_preview_metadata: true,
    supports_model_type_tags: true,
    max_upload_size: maxBodyBytes,
    extension: { manager: { supports_v4: true } },
    node_replacements: true,
    assets: false,
  })
}

function system(argv: readonly string[]): PythonDict {
  return dict({
    os: platform(),
    ram_total: totalmem(),
    ram_free: freemem(),
    comfyui_version: '0.33.0',
    required_frontend_version: '1.49.6',
    installed_templates_version: '0.11.44',
    required_templates_version: '0.11.44',
    comfy_package_versions: packages.map(([name, version]) => ({ name, installed: version, required: version })),
    python_version: '3.11.7 (practice ComfyUI)',
    pytorch_version: '2.11.0+cu130',
    embedded_python: false,
    deploy_environment: 'local-git',
    argv,
  })
}

function cpu(): PythonDict {
  const [total, free] = [totalmem(), freemem()]
  const memory = { vram_total: total, vram_free: free, torch_vram_total: total, torch_vram_free: free }
  return dict({ name: 'cpu', type: 'cpu', index: null, ...memory })
}
