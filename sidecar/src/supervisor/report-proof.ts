/** Is the ComfyUI that just came up guarded? Said once per start; refusing to serve it is up to every connection of its own. */
import { GatehouseError } from '../gatehouse-error.ts'
import { createProvenConnector } from '../proxy/prove-upstream.ts'
import { findComfyuiFolder } from './child-command.ts'
import { pause } from './pause.ts'

/** A ComfyUI whose event loop is busy may miss the time limit of a proof; a stranger misses every one. */
const refusalsBeforeSaying = 3

export interface ProofReport {
  readonly origin: URL
  readonly guardSecret: string
  readonly args: readonly string[]
  readonly mayBeUnguarded: boolean
  readonly everyMs: number
  readonly timeoutMs: number
  readonly log: { readonly info: (sentence: string) => void; readonly error: (sentence: string) => void }
}

/** Settles once it is said, or the signal tells that this ComfyUI has ended. */
export async function reportProof(report: ProofReport, over: AbortSignal): Promise<void> {
  const { origin, guardSecret, timeoutMs } = report
  const { open } = createProvenConnector({ origin, secret: () => guardSecret, connectTimeoutMs: timeoutMs })
  for (let refusals = 0; !over.aborted; await pause(report.everyMs, over)) {
    const refusal: unknown = await open().then(
      (socket) => void socket.destroy(),
      (error: unknown) => error,
    )
    if (over.aborted) return
    if (refusal === undefined) return report.log.info('ComfyUI is up, and guarded.')
    const unproven = refusal instanceof GatehouseError && refusal.code === 'comfyui_unproven'
    refusals = unproven ? refusals + 1 : 0
    if (refusals === refusalsBeforeSaying) return report.log.error(describeUnguarded(report))
  }
}

function describeUnguarded({ args, mayBeUnguarded }: ProofReport): string {
  const cure = `Cure: gatehouse install ${findComfyuiFolder(args) ?? 'COMFYUI_DIR'}, then start again.`
  return mayBeUnguarded
    ? `ComfyUI runs without the companion pack, so every program on this machine can reach it. ${cure}`
    : `What answers at ComfyUI's port did not prove to be it, so nothing is served: is the companion pack there? ${cure}`
}
