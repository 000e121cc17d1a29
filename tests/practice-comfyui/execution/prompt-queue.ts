/** Who is next, who runs, who ran? ComfyUI's PromptQueue: a binary heap by number, one history in memory. */
import { dumpPythonJson } from '../python/dump-json.ts'
import { asNumber, deepCopy, type PythonDict, type PythonValue } from '../python/values.ts'

export interface QueueItem {
  readonly number: PythonValue
  readonly promptId: string
  readonly prompt: PythonDict
  readonly extraData: PythonDict
  readonly outputs: readonly string[]
  readonly sensitive: PythonDict
}

export interface PromptQueue {
  readonly put: (item: QueueItem) => void
  /** The next item, moved to running; undefined when nothing waits. @throws TypeError like heapq on equal keys */
  readonly take: () => { item: QueueItem; slot: number } | undefined
  readonly done: (slot: number, entry: (item: QueueItem) => PythonDict) => void
  readonly running: () => readonly QueueItem[]
  /** In heap order, which is not sorted. */
  readonly pending: () => readonly QueueItem[]
  readonly remaining: () => number
  readonly wipe: () => void
  readonly remove: (promptId: PythonValue) => boolean
  readonly history: PythonDict
  readonly wipeHistory: () => void
  readonly historyPage: (maxItems: number | undefined, offset: number) => PythonDict
  readonly onWaiting: (listener: () => void) => void
  /** A new process: nothing queued, nothing run. */
  readonly forget: (what: { readonly queue: boolean }) => void
}

const maximumHistorySize = 10_000

export function createPromptQueue(onUpdate: () => void): PromptQueue {
  let heap: QueueItem[] = []
  const running = new Map<number, QueueItem>()
  const history: PythonDict = new Map()
  let taskCount = 0
  let waiting = () => {}
  return {
    put: (item) => {
      pushHeap(heap, item)
      onUpdate()
      waiting()
    },
    take: () => {
      if (heap.length === 0) return undefined
      const item = popHeap(heap)
      const slot = taskCount++
      running.set(slot, { ...item, prompt: deepCopy(item.prompt), extraData: deepCopy(item.extraData) })
      onUpdate()
      return { item, slot }
    },
    done: (slot, entry) => {
      const item = running.get(slot)
      if (item === undefined) return
      running.delete(slot)
      const oldest = history.keys().next()
      if (history.size > maximumHistorySize && !oldest.done) history.delete(oldest.value)
      history.set(item.promptId, entry(item))
      onUpdate()
    },
    running: () => [...running.values()],
    pending: () => [...heap],
    remaining: () => heap.length + running.size,
    wipe: () => {
      heap = []
      onUpdate()
    },
    remove: (promptId) => {
      const at = heap.findIndex((item) => item.promptId === promptId)
      if (at === -1) return false
      heap.splice(at, 1)
      heapify(heap)
      // Removing the last one goes through wipe_queue, which reports once more.
      if (heap.length === 0) onUpdate()
      onUpdate()
      return true
    },
    history,
    wipeHistory: () => history.clear(),
    historyPage: (maxItems, offset) => pageOf(history, maxItems, offset),
    onWaiting: (listener) => {
      waiting = listener
    },
    forget: ({ queue }) => {
      if (queue) heap = []
      running.clear()
      history.clear()
    },
  }
}

/** `[number, prompt_id, prompt, extra_data, outputs_to_execute]`, without the sensitive sixth. */
export function publicItem(item: QueueItem): PythonValue[] {
  return [item.number, item.promptId, item.prompt, item.extraData, [...item.outputs]]
}

function pageOf(history: PythonDict, maxItems: number | undefined, offset: number): PythonDict {
  const start = offset < 0 && maxItems !== undefined ? history.size - maxItems : offset
  const page: PythonDict = new Map()
  let at = 0
  for (const [id, entry] of history) {
    if (at >= start) {
      page.set(id, entry)
      if (maxItems !== undefined && page.size >= maxItems) break
    }
    at += 1
  }
  return page
}

// heapq, so that /queue lists pending items in the very order ComfyUI does.
function pushHeap(heap: QueueItem[], item: QueueItem): void {
  heap.push(item)
  siftDown(heap, 0, heap.length - 1)
}

function popHeap(heap: QueueItem[]): QueueItem {
  const last = heap.pop()
  const first = heap[0]
  if (last === undefined) throw new RangeError('index out of range')
  if (first === undefined) return last
  heap[0] = last
  siftUp(heap, 0)
  return first
}

function heapify(heap: QueueItem[]): void {
  for (let at = (heap.length >> 1) - 1; at >= 0; at -= 1) siftUp(heap, at)
}

function siftDown(heap: QueueItem[], start: number, from: number): void {
  let at = from
  const item = itemAt(heap, at)
  while (at > start) {
    const parent = (at - 1) >> 1
    if (!isLess(item, itemAt(heap, parent))) break
    heap[at] = itemAt(heap, parent)
    at = parent
  }
  heap[at] = item
}

function siftUp(heap: QueueItem[], from: number): void {
  let at = from
  const item = itemAt(heap, at)
  for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
    const right = child + 1
    const smaller = right < heap.length && !isLess(itemAt(heap, child), itemAt(heap, right)) ? right : child
    heap[at] = itemAt(heap, smaller)
    at = smaller
  }
  heap[at] = item
  siftDown(heap, from, at)
}

/** Tuple comparison: number, then id, then two dictionaries, which Python cannot compare. */
function isLess(one: QueueItem, other: QueueItem): boolean {
  const [a, b] = [asNumber(one.number) ?? Number.NaN, asNumber(other.number) ?? Number.NaN]
  if (a !== b) return a < b
  if (one.promptId !== other.promptId) return one.promptId < other.promptId
  if (dumpPythonJson(one.prompt) !== dumpPythonJson(other.prompt)) {
    throw new TypeError("'<' not supported between instances of 'dict' and 'dict'")
  }
  return false
}

function itemAt(heap: readonly QueueItem[], at: number): QueueItem {
  const item = heap[at]
  if (item === undefined) throw new RangeError('index out of range')
  return item
}
