/** How is it told that ComfyUI's worker failed, or works again? As a notice that stays while it lasts. */
import type { Toast } from './comfy-page.ts'

const shortMs = 8_000

/** Undefined for anything but a notice of the sidecar's. */
export function workerToast(detail: unknown): Toast | undefined {
  if (typeof detail !== 'object' || detail === null) return undefined
  const [state, message]: unknown[] = [Reflect.get(detail, 'state'), Reflect.get(detail, 'message')]
  if (typeof state !== 'string' || typeof message !== 'string') return undefined
  return state === 'up'
    ? { severity: 'info', summary: 'ComfyUI works again', detail: message, life: shortMs }
    : { severity: 'warn', summary: 'Your jobs wait', detail: message }
}
