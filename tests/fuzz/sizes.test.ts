/** Does the door see every picture that ComfyUI's own decoders make of an upload? Samples of its own PyAV and Pillow. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPictureReader } from '../../sidecar/src/upload/picture-size.ts'
import { parseRecord } from '../support/person.ts'
import { findRealComfyui, noRealComfyui } from '../support/real-comfyui.ts'

const place = findRealComfyui()
if (place === undefined) console.warn(`sizes of pictures against ComfyUI's decoders: ${noRealComfyui}`)

type Size = readonly [width: number, height: number]

const isVideo = /\.(?:mp4|mov|mkv|webm|avi|avif)$/

function look(name: string, bytes: Buffer, step: number) {
  const told = { sizes: new Set<string>(), pixels: 0 }
  const reader = createPictureReader(
    {
      frame: (width, height) => told.sizes.add(`${width} x ${height}`),
      unpacked: (pixels) => {
        told.pixels = pixels
      },
      unreadable: () => {
        throw new Error(`${name} is said to be unreadable`)
      },
    },
    name,
  )
  for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step))
  return told
}

describe.skipIf(place === undefined)('the sizes that the door reads', () => {
  let directory: string
  let decoded: ReadonlyMap<string, readonly Size[]>

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-sizes-'))
    const script = join(import.meta.dirname, 'sizes.py')
    const output = execFileSync(place?.python ?? 'python', [script, directory], { stdio: ['ignore', 'pipe', 'ignore'] })
    const last = output.toString('utf8').trimEnd().split('\n').at(-1) ?? ''
    decoded = new Map(Object.entries(parseRecord(JSON.parse(last))).map(([name, all]) => [name, parseSizes(all)]))
  }, 120_000)
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it('are those of every frame that comes out, and of as many frames', () => {
    // Each decoder may lack some codecs; most are always there.
    expect(decoded.size).toBeGreaterThan(30)
    expect([...decoded.values()].filter((frames) => frames.length > 1).length).toBeGreaterThan(8)
    const missed = [...decoded].flatMap(([name, frames]) => {
      const bytes = readFileSync(join(directory, name))
      return [bytes.length, 997].flatMap((step) => {
        const told = look(name, bytes, step)
        const unseen = frames.filter(([width, height]) => !told.sizes.has(`${width} x ${height}`))
        const pixels = frames.reduce((sum, [width, height]) => sum + width * height, 0)
        return unseen.length > 0 || (!isVideo.test(name) && told.pixels < pixels) ? [[name, frames, told]] : []
      })
    })
    expect(missed).toEqual([])
  })
})

function parseSizes(all: unknown): readonly Size[] {
  return all as readonly Size[]
}
