/** Does a .ksplat make ComfyUI allocate more than it holds? Not where its sections follow each other. */
import type { Walk, Walker } from './stream-walker.ts'

/** Throws to stop the upload. */
export type Refuse = () => never

// nodes_gaussian_splat.py (0.33.0): bytes of a splat by level, without and per spherical harmonic.
const splatBytes: readonly (readonly [number, number])[] = [
  [44, 4],
  [24, 2],
  [24, 1],
]
const harmonics: readonly number[] = [0, 9, 24, 45]
const [headBytes, sectionBytes] = [4096, 1024]
const mostSections = 10_000

interface Section {
  readonly count: number
  readonly partial: number
  readonly storedBytes: number
  readonly bucketBytes: number
}

/**
 * .ksplat: a header, a header for each section, then buckets and splats. ComfyUI reads a section anew where it lies over
 * another, and makes of four bytes up to four thousand million places (np.repeat of `lengths`).
 */
export function* walkKsplat(refuse: Refuse): Walker {
  const head = yield { take: headBytes }
  const sizes = splatBytes[head.readUInt16LE(20)]
  const count = head.readUInt32LE(4)
  if (sizes === undefined || count === 0) return
  if (count > mostSections) refuse()
  const sections: Section[] = []
  for (let each = 0; each < count; each += 1) sections.push(parseSection(yield { take: sectionBytes }, sizes, refuse))
  for (const section of sections) yield* walkSection(section, refuse)
}

function parseSection(head: Buffer, [plain, perHarmonic]: readonly [number, number], refuse: Refuse): Section {
  const [count, most, bucketCount, partial] = [0, 4, 12, 36].map((at) => head.readUInt32LE(at))
  if (count === undefined || most === undefined || bucketCount === undefined || partial === undefined) return refuse()
  if (count > most) refuse()
  const each = plain + (harmonics[head.readUInt16LE(40)] ?? 0) * perHarmonic
  return { count, partial, storedBytes: most * each, bucketBytes: head.readUInt16LE(20) * bucketCount }
}

function* walkSection({ count, partial, storedBytes, bucketBytes }: Section, refuse: Refuse): Walk<void> {
  let places = 0
  for (let each = 0; each < partial; each += 1) {
    places += (yield { take: 4 }).readUInt32LE(0)
    if (places > count) refuse()
  }
  yield { skip: bucketBytes + storedBytes }
}
