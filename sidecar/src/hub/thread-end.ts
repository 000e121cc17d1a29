/** Has the thread that runs prompts ended, though ComfyUI still answers? Reads it from the lines of ComfyUI's own log. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { arrayOr, objectOr } from '../transform/json-shape.ts'

/*
 * Python writes the end of a thread in pieces, each of them one entry of ComfyUI's log (CPython threading.excepthook,
 * app/logger.py LogInterceptor.write). A node or a message that only mentions these words writes them as one entry, or
 * with a line end between them: nobody's text can pretend that the worker died.
 */
const announcement = 'Exception in thread '
/** From Python 3.10 on a thread is named after its function (main.py prompt_worker). */
const workerThread = /^Thread-\d+ \(prompt_worker\)$/

export interface ThreadEnd {
  /** Whether these entries of a `logs` event, with those before them, tell of the worker's end. */
  told(data: JsonObject): boolean
}

export function createThreadEnd(): ThreadEnd {
  let last = ''
  const tells = (entry: Json): boolean => {
    const text = textOf(entry)
    const ended = last === announcement && workerThread.test(text)
    last = text
    return ended
  }
  // Every entry is read, so that the next event continues after the last.
  return { told: (data) => arrayOr(data.entries).map(tells).includes(true) }
}

function textOf(entry: Json): string {
  const { m } = objectOr(entry)
  return typeof m === 'string' ? m : ''
}
