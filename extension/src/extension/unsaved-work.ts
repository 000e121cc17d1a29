/** What would be lost by signing out, and how is it saved first? */
import type { ComfyApi, ExtensionManager, OpenWorkflow } from './comfy-page.ts'

export type SignOutChoice = 'save' | 'discard' | 'stay'

/** Open graphs with changes that are not on the server, the active one read from the canvas first. */
export function findUnsaved({ workflow }: ExtensionManager): readonly OpenWorkflow[] {
  const tracker = workflow.activeWorkflow?.changeTracker
  // 1.27 calls it checkState; 1.58 captureCanvasState, with a warning about the old name.
  if (tracker?.captureCanvasState !== undefined) tracker.captureCanvasState()
  else tracker?.checkState?.()
  return workflow.modifiedWorkflows ?? []
}

export async function askAboutUnsaved(
  { dialog }: ExtensionManager,
  unsaved: readonly OpenWorkflow[],
  maySave: boolean,
): Promise<SignOutChoice> {
  const question = { title: 'Sign out', itemList: unsaved.map((workflow) => workflow.path) }
  if (!maySave) {
    const message = 'These graphs have changes that will be lost. Sign out?'
    return (await dialog.confirm({ ...question, message, type: 'default' })) === true ? 'discard' : 'stay'
  }
  const answer = await dialog.confirm({
    ...question,
    message: 'These graphs have changes that are not saved. Save them before you sign out?',
    type: 'dirtyClose',
  })
  return answer === null ? 'stay' : answer ? 'save' : 'discard'
}

/** Saves every graph; one that never had a name gets one with the time in it. Rejects when the server refuses. */
export async function saveAll(api: ComfyApi, unsaved: readonly OpenWorkflow[], now: Date): Promise<void> {
  for (const [index, workflow] of unsaved.entries()) {
    if (workflow.activeState === undefined || workflow.activeState === null) continue
    const isNew = workflow.isTemporary === true
    const file = isNew ? newPath(workflow, index, now) : workflow.path
    const options = { overwrite: !isNew, stringify: true, throwOnError: true, full_info: false }
    await api.storeUserData(file, workflow.activeState, options)
  }
}

function newPath({ path, filename }: OpenWorkflow, index: number, now: Date): string {
  const time = now.toISOString().slice(0, 19).replaceAll(':', '-')
  const fromPath = path
    .split('/')
    .at(-1)
    ?.replace(/\.json$/, '')
  const name = filename ?? fromPath ?? 'Unsaved Workflow'
  return `workflows/${name} ${time}${index === 0 ? '' : ` ${index + 1}`}.json`
}
