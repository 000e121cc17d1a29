/** Which ComfyUI does the contract run against, and how is one started for it? */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startPracticeComfyui } from '../practice-comfyui/start.ts'
import { findRealComfyui, noRealComfyui, startRealComfyui } from '../support/real-comfyui.ts'

export interface Target {
  readonly url: string
  readonly port: number
  readonly baseDirectory: string
  readonly close: () => Promise<void>
}

export interface Candidate {
  readonly name: string
  readonly version: string
  readonly start: () => Promise<Target>
}

/** A section of the contract asks for the running target inside its tests. */
export type TargetOf = () => Target

const contractVersion = '0.33.0'
const practicePack = join(dirname(fileURLToPath(import.meta.url)), 'practice-pack')

/** The practice server always; the real one when it is here, with the pack that brings PracticeSteps. */
export function candidates(): readonly Candidate[] {
  const practice = { name: 'practice ComfyUI', version: contractVersion, start: startPractice }
  const place = findRealComfyui()
  if (place === undefined) {
    console.warn(`${noRealComfyui} The contract was checked against the practice ComfyUI only.`)
    return [practice]
  }
  if (place.version !== contractVersion) {
    console.warn(
      `The contract is that of ComfyUI ${contractVersion}; ${place.version} here differs where it is known to.`,
    )
  }
  const { version } = place
  const real = {
    name: `real ComfyUI ${version}`,
    version,
    start: () => startRealComfyui({ customNodes: [practicePack] }),
  }
  return [practice, real]
}

async function startPractice(): Promise<Target> {
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-frontend-'))
  mkdirSync(join(root, 'assets'))
  writeFileSync(join(root, 'index.html'), '<!doctype html><title>ComfyUI</title>')
  const practice = await startPracticeComfyui({ frontendRoot: root })
  const close = async () => {
    await practice.close()
    rmSync(root, { recursive: true, force: true })
  }
  return { url: practice.url, port: practice.port, baseDirectory: practice.baseDirectory, close }
}
