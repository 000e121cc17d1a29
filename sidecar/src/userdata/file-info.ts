/** What does ComfyUI say about a file? Path, size and times, with Python's own arithmetic. */
import type { BigIntStats } from 'node:fs'
import type { JsonObject } from '@gatehouse/shared/json'

const nanosecondsPerSecond = 1_000_000_000n

/** `st_mtime`: CPython adds the nanoseconds as a double, and clients see its rounding. */
export function pythonSeconds(timeNs: bigint): number {
  return Number(timeNs / nanosecondsPerSecond) + 1e-9 * Number(timeNs % nanosecondsPerSecond)
}

/** get_file_info (user_manager.py 0.33.0); `created` is `st_ctime`, which on Windows is the birth. */
export function fileInfo(path: string, stats: BigIntStats): JsonObject {
  const created = process.platform === 'win32' ? stats.birthtimeNs : stats.ctimeNs
  return {
    path,
    size: Number(stats.size),
    modified: Math.trunc(pythonSeconds(stats.mtimeNs) * 1000),
    created: Math.trunc(pythonSeconds(created) * 1000),
  }
}
