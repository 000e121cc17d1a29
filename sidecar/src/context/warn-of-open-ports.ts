/** What is the operator told about ways around the door? A sentence for each, with the cure. */
import type { Events } from '../events.ts'
import { findOpenPorts } from '../proxy/find-open-ports.ts'

export interface WarnDependencies {
  readonly urls: ReadonlyMap<string, URL>
  readonly events: Events
  readonly say: (sentence: string) => void
}

/** The events, with a look at each worker's port when it first answers. */
export function warningOfOpenPorts({ urls, events, say }: WarnDependencies): Events {
  const looked = new Set<string>()
  return {
    ...events,
    comfyuiUp: (worker) => {
      events.comfyuiUp(worker)
      const url = urls.get(worker)
      if (url === undefined || looked.has(worker)) return
      looked.add(worker)
      // It never throws: an address that does not answer is a closed one.
      void look(url, events, say)
    },
  }
}

async function look(url: URL, events: Events, say: (sentence: string) => void): Promise<void> {
  const open = await findOpenPorts(url)
  events.openPortsFound(open.map(({ address }) => address))
  for (const { address, isExposed } of open) {
    if (!isExposed) continue
    say(
      `WARNING: ComfyUI answers anybody at ${address}, around this login. Start it with --listen 127.0.0.1, or install the companion pack: gatehouse install COMFYUI_DIR.`,
    )
  }
}
