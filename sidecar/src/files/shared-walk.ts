/** How often is one tenant's folder walked at the same time? Once: whoever asks meanwhile shares the walk after it. */

/** Runs the task, or joins the one of the same key that has not begun yet; none begins before it was asked for. */
export type ShareWalk<Found> = (key: string, task: () => Promise<Found>) => Promise<Found>

interface Walks<Found> {
  readonly running: Promise<Found>
  next: Promise<Found> | undefined
}

/** Many requests at once would each hold, and sort, all names of a large folder. */
export function createSharedWalk<Found>(): ShareWalk<Found> {
  const byKey = new Map<string, Walks<Found>>()
  const begin = (key: string, task: () => Promise<Found>): Promise<Found> => {
    const walks: Walks<Found> = { running: task(), next: undefined }
    byKey.set(key, walks)
    const over = (): void => {
      if (walks.next === undefined) byKey.delete(key)
    }
    walks.running.then(over, over)
    return walks.running
  }
  return (key, task) => {
    const walks = byKey.get(key)
    if (walks === undefined) return begin(key, task)
    walks.next ??= walks.running.then(
      () => begin(key, task),
      () => begin(key, task),
    )
    return walks.next
  }
}
