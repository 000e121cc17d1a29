/** Which of ComfyUI's feature flags may a tenant see? Rebuilt from an allow-list. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { isObject } from './json-shape.ts'

export interface FeatureFlagLimits {
  /** Whether the principal may use the Manager. */
  readonly manager: boolean
  readonly maxUploadBytes: number
}

/** Flags that say how ComfyUI talks, not what is installed or who uses it. */
const kept = ['supports_preview_metadata', 'supports_model_type_tags', 'node_replacements'] as const

/** `assets` is always off: its routes answer as if switched off. */
export function ownFeatureFlags(value: Json, limits: FeatureFlagLimits): JsonObject {
  const flags = isObject(value) ? value : {}
  const extension = isObject(flags.extension) && isObject(flags.extension.manager) ? flags.extension.manager : undefined
  const upstreamLimit = typeof flags.max_upload_size === 'number' ? flags.max_upload_size : limits.maxUploadBytes
  return {
    ...Object.fromEntries(kept.flatMap((name) => (typeof flags[name] === 'boolean' ? [[name, flags[name]]] : []))),
    max_upload_size: Math.min(upstreamLimit, limits.maxUploadBytes),
    ...(limits.manager && extension !== undefined ? { extension: { manager: extension } } : {}),
    assets: false,
  }
}
