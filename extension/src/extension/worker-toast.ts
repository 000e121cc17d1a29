/** How is it told that ComfyUI's worker failed, or works again? As a notice that stays while it lasts. */
import type { Toast, Toasts } from './comfy-page.ts'

const shortMs = 8_000

export interface WorkerNotice {
  /** What the sidecar told: it takes the place of what it told before. */
  show(detail: unknown): void
  /** Whether it lasts is not known any more. */
  forget(): void
}

export function createWorkerNotice(toasts: Toasts): WorkerNotice {
  let takeAway = (): void => undefined
  const forget = (): void => {
    takeAway()
    takeAway = () => undefined
  }
  return {
    show: (detail) => {
      const toast = workerToast(detail)
      if (toast === undefined) return
      forget()
      if (toast.life === undefined) takeAway = putUp(toasts, toast)
      else toasts.add(toast)
    },
    forget,
  }
}

/** Undefined for anything but a notice of the sidecar's. */
export function workerToast(detail: unknown): Toast | undefined {
  if (typeof detail !== 'object' || detail === null) return undefined
  const [state, message]: unknown[] = [Reflect.get(detail, 'state'), Reflect.get(detail, 'message')]
  if (typeof state !== 'string' || typeof message !== 'string') return undefined
  return state === 'up'
    ? { severity: 'info', summary: 'ComfyUI works again', detail: message, life: shortMs }
    : { severity: 'warn', summary: 'Your jobs wait', detail: message }
}

/** Gives what takes it away again: by its id since frontend 1.58, by the object that was added before. */
function putUp({ add, remove, warning, dismiss }: Toasts, toast: Toast): () => void {
  if (warning !== undefined && dismiss !== undefined) {
    const id = warning(toast.summary, { description: toast.detail })
    return () => dismiss(id)
  }
  add(toast)
  return () => remove?.(toast)
}
