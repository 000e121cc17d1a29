/** What does ComfyUI's side of a parser say? A Python process with aiohttp and the real folder_paths, asked line by line. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseRecord } from '../support/person.ts'
import type { RealComfyuiPlace } from '../support/real-comfyui.ts'

export interface Oracle extends AsyncDisposable {
  ask(question: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>
}

export function startOracle(place: RealComfyuiPlace): Oracle {
  const base = mkdtempSync(join(tmpdir(), 'gatehouse-oracle-'))
  for (const folder of ['custom_nodes', 'input', 'output', 'temp', 'user', 'models']) mkdirSync(join(base, folder))
  const script = join(import.meta.dirname, 'oracle.py')
  const child = spawn(place.python, [script, '--cpu', '--base-directory', base], {
    cwd: place.directory,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString('utf8')
  })
  const waiting: PromiseWithResolvers<Readonly<Record<string, unknown>>>[] = []
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(parseRecord(JSON.parse(line))))
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      for (const { reject } of waiting.splice(0)) reject(new Error(`the oracle ended: ${complaint.slice(-2000)}`))
      resolve()
    })
  })
  return {
    ask: (question) => {
      const answer = Promise.withResolvers<Readonly<Record<string, unknown>>>()
      waiting.push(answer)
      child.stdin.write(`${JSON.stringify(question)}\n`)
      return answer.promise
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await ended
      rmSync(base, { recursive: true, force: true })
    },
  }
}

export function base64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64')
}
