/** Where do fetched and compressed static files wait for the next start? On disk, each with the hash that proves it whole. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Coding } from './compress.ts'

const recordSchema = z.object({
  /** Without the leading slash, percent-encoded. */
  path: z.string(),
  /** ComfyUI's own tag, for asking whether the file changed. */
  upstreamTag: z.string(),
  type: z.string(),
  /** Tag for clients: of the bytes, so that browsers keep their copies when ComfyUI is installed anew. */
  tag: z.string(),
})
export type AssetRecord = Readonly<z.infer<typeof recordSchema>>

export interface AssetStore {
  /** What is known about a path; undefined for unknown and broken records. */
  find(path: string): Promise<AssetRecord | undefined>
  /** A body that is whole; undefined when it is missing, truncated or altered. */
  body(record: AssetRecord, coding: Coding): Promise<Uint8Array | undefined>
  /** Keeps a body; the record of the path names its version from now on. */
  keep(record: AssetRecord, coding: Coding, body: Uint8Array): Promise<void>
  forget(path: string): Promise<void>
}

export interface AssetStoreOptions {
  readonly directory: string
  readonly maxBytes: number
}

// A body's file starts with the SHA-256 of the rest.
const hashBytes = 32

export function createAssetStore({ directory, maxBytes }: AssetStoreOptions): AssetStore {
  let keptBytes: number | undefined
  const recordPath = (path: string): string => join(directory, `${sha256(path).toString('hex')}.json`)
  const bodyPath = ({ path, tag }: AssetRecord, coding: Coding): string =>
    join(directory, `${sha256(`${path}\n${tag}`).toString('hex')}.${coding}`)

  return {
    find: async (path) => {
      const text = await readIfThere(recordPath(path))
      const record = text === undefined ? undefined : parseRecord(text)
      return record?.path === path ? record : undefined
    },
    body: async (record, coding) => {
      const file = await readIfThere(bodyPath(record, coding))
      const body = file?.subarray(hashBytes)
      return body !== undefined && sha256(body).equals(file?.subarray(0, hashBytes) ?? body) ? body : undefined
    },
    keep: async (record, coding, body) => {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      await replace(bodyPath(record, coding), Buffer.concat([sha256(body), body]))
      await replace(recordPath(record.path), JSON.stringify(record))
      keptBytes = (keptBytes ?? (await sizeOf(directory))) + body.length
      if (keptBytes > maxBytes) keptBytes = await shrink(directory, maxBytes / 2)
    },
    forget: async (path) => rm(recordPath(path), { force: true }),
  }
}

function parseRecord(text: Uint8Array): AssetRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(Buffer.from(text).toString())).data
  } catch (cause) {
    // Half a record, from a power cut: the same as none.
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

async function replace(path: string, content: Uint8Array | string): Promise<void> {
  const part = `${path}.${randomBytes(6).toString('hex')}.part`
  try {
    await writeFile(part, content, { mode: 0o600 })
    await rename(part, path)
  } catch (cause) {
    await rm(part, { force: true })
    throw cause
  }
}

/** Undefined for whatever the file system refuses. */
async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (cause) {
    // What cannot be read is not there: a cache may be slow, never wrong.
    if (cause instanceof Error && 'code' in cause) return undefined
    throw cause
  }
}

async function sizeOf(directory: string): Promise<number> {
  return (await filesIn(directory)).reduce((sum, file) => sum + file.sizeBytes, 0)
}

/** Drops the longest unchanged files, and with them what a killed process left half-written. */
async function shrink(directory: string, targetBytes: number): Promise<number> {
  const files = [...(await filesIn(directory))].sort((a, b) => a.changedAtMs - b.changedAtMs)
  let leftBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0)
  for (const { path, sizeBytes } of files) {
    if (leftBytes <= targetBytes) break
    await rm(path, { force: true })
    leftBytes -= sizeBytes
  }
  return leftBytes
}

interface KeptFile {
  readonly path: string
  readonly sizeBytes: number
  readonly changedAtMs: number
}

async function filesIn(directory: string): Promise<readonly KeptFile[]> {
  const files: KeptFile[] = []
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    // Undefined when it was replaced meanwhile.
    const found = await stat(path).catch(() => undefined)
    if (found !== undefined) files.push({ path, sizeBytes: found.size, changedAtMs: found.mtimeMs })
  }
  return files
}

function sha256(content: Uint8Array | string): Buffer {
  return createHash('sha256').update(content).digest()
}
