/** What becomes of jobs that are not finished when somebody signs out, and is that meant? */
import type { Me } from '@gatehouse/shared/own-api-contract'
import type { QueuePosition } from '@gatehouse/shared/workflows-contract'
import type { ExtensionManager } from './comfy-page.ts'

const which = {
  cancel: 'Jobs that you queued here and that wait or run are cancelled when you sign out.',
  cancel_waiting: 'Jobs that you queued here and that wait are cancelled when you sign out.',
} as const

/** True where nothing ends, or the person says that it may. */
export async function acceptsEnd(
  { dialog }: Pick<ExtensionManager, 'dialog'>,
  { jobsAtLogout }: Pick<Me, 'jobsAtLogout'>,
  position: Pick<QueuePosition, 'pending' | 'running'> | undefined,
): Promise<boolean> {
  if (jobsAtLogout === undefined || position === undefined) return true
  const ending = position.pending + (jobsAtLogout === 'cancel' ? position.running : 0)
  if (ending === 0) return true
  return (
    (await dialog.confirm({ title: 'Sign out', message: `${which[jobsAtLogout]} Sign out?`, type: 'default' })) === true
  )
}
