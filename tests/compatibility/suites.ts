/** Which tests meet a real ComfyUI, and what do they say of it? */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Suite {
  readonly name: string
  readonly project: 'system' | 'e2e'
  readonly files: readonly string[]
  /** Its worlds stand on ComfyUIs that the matrix starts, instead of on practice ones. */
  readonly standsOnUpstreams: boolean
  /** Only tests whose names begin so count; the others meet no real ComfyUI. */
  readonly below: string
  /** Nor do these. */
  readonly withoutThoseOf: readonly string[]
}

const root = join(import.meta.dirname, '../..')

/** The sentences of isolation about themselves. */
const notSentences: ReadonlySet<string> = new Set(['red.test.ts'])

function testsIn(folder: string): readonly string[] {
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.test.ts') && !notSentences.has(name))
  return names.map((name) => `${folder}/${name}`)
}

/** Not on a practice ComfyUI of its own, which it leads step by step. */
function standsOnAWorld(file: string): boolean {
  return !/from '[^']*(frames-world|practice-comfyui\/start)\.ts'/.test(readFileSync(join(root, file), 'utf8'))
}

const plain = { project: 'system', standsOnUpstreams: false, below: '', withoutThoseOf: [] } as const

export const suites: readonly Suite[] = [
  {
    ...plain,
    name: 'contract',
    files: ['tests/contract/comfyui.test.ts', 'tests/contract/poison.test.ts'],
    below: 'real ComfyUI',
  },
  {
    ...plain,
    name: 'isolation',
    files: testsIn('tests/isolation').filter(standsOnAWorld),
    standsOnUpstreams: true,
    // A world with a guard has the practice ComfyUI play the pack; the real pack has a suite of its own.
    withoutThoseOf: ['through the companion pack'],
  },
  { ...plain, name: 'pack', files: testsIn('tests/pack') },
  {
    ...plain,
    name: 'end-to-end',
    project: 'e2e',
    files: ['tests/e2e/real-comfyui.test.ts', 'tests/e2e/pack.test.ts'],
  },
]
