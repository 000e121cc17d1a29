/** How does a file change without ever being half there? Written beside, flushed, then renamed over the old one. */
import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { GatehouseError } from '../gatehouse-error.ts'
import { isAbsent, systemCode } from './storage-error.ts'

export interface Incoming {
  /** Puts the bytes where they belong, replacing what is there. */
  moveTo(path: string): Promise<void>
  /** Removes the bytes unless they were moved. */
  [Symbol.asyncDispose](): Promise<void>
}

const abandonedAfterMs = 24 * 60 * 60 * 1000
const swept = new Set<string>()

/**
 * Receives bytes into the incoming folder and flushes them to disk.
 * @throws body_too_large, storage_full and whatever the source throws; nothing is left behind
 */
export async function receive(
  folder: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limitBytes: number,
  nowMs: number,
): Promise<Incoming> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await sweepAbandoned(folder, nowMs)
  const path = join(folder, `${randomBytes(16).toString('hex')}.part`)
  const handle = await open(path, 'wx', 0o600)
  try {
    await fill(handle, source, limitBytes)
    await handle.sync()
  } catch (cause) {
    await handle.close()
    await unlink(path)
    throw cause
  }
  await handle.close()
  return { moveTo: (target) => moveTo(path, target), [Symbol.asyncDispose]: () => removeIfThere(path) }
}

async function fill(
  handle: FileHandle,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limitBytes: number,
): Promise<void> {
  let sizeBytes = 0
  for await (const chunk of source) {
    sizeBytes += chunk.length
    if (sizeBytes > limitBytes) throw new GatehouseError('body_too_large')
    await writeAll(handle, chunk)
  }
}

// A disk that runs full takes the first half of a chunk and refuses the rest on the next call.
async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let offset = 0
  while (offset < chunk.length) offset += (await handle.write(chunk, offset)).bytesWritten
}

async function moveTo(from: string, to: string): Promise<void> {
  await rename(from, to)
  await flushFolder(dirname(to))
}

/** Makes a rename or a removal outlive a power cut. */
export async function flushFolder(path: string): Promise<void> {
  // Windows opens no folders; its renames are journalled.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } catch (cause) {
    // Some network file systems have no fsync for folders.
    if (systemCode(cause) !== 'EINVAL') throw cause
  } finally {
    await folder.close()
  }
}

export async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (cause) {
    if (!isAbsent(cause)) throw cause
  }
}

/** Parts that a killed process left; another sidecar may be writing young ones. */
async function sweepAbandoned(folder: string, nowMs: number): Promise<void> {
  if (swept.has(folder)) return
  swept.add(folder)
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (!name.endsWith('.part')) continue
    const age = await stat(path).then(
      ({ mtimeMs }) => nowMs - mtimeMs,
      () => 0, // gone meanwhile: another sidecar moved it
    )
    if (age > abandonedAfterMs) await removeIfThere(path)
  }
}
