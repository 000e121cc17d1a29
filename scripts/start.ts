/** What does `pnpm start` do? Builds, finds or stands in for a ComfyUI, and runs the sidecar in front of it. */
import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startPracticeComfyui } from '../tests/practice-comfyui/start.ts'
import { frontendRoot } from '../tests/support/frontend-package.ts'
import { build } from './build.ts'
import { requireNode24 } from './require-node.ts'

requireNode24()
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const defaultComfyui = 'http://127.0.0.1:8188'
const flags = process.argv.slice(2)

await build({ outDir: join(root, 'dist') })
const practice = await practiceWhenNobodyAnswers()
const sidecar = spawn(process.execPath, [join(root, 'dist/sidecar/gatehouse.mjs'), 'up', ...flags], {
  stdio: 'inherit',
  env: { ...process.env, ...(practice === undefined ? {} : { COMFYUI_URL: practice.url }) },
})
// The terminal sends Ctrl-C to the sidecar as well: it stops first, then the stand-in.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (signal === 'SIGTERM') sidecar.kill(signal)
  })
}
sidecar.on('exit', async (code, signal) => {
  await practice?.close()
  process.exitCode = code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1)
})

/** Only when no ComfyUI was named and none answers: a configured one that is down gets the waiting page. */
async function practiceWhenNobodyAnswers() {
  const named =
    (process.env.COMFYUI_URL ?? '').trim() !== '' || flags.includes('--comfyui') || flags.includes('--config')
  if (named || process.env.GATEHOUSE_CONFIG !== undefined || (await answers(defaultComfyui))) return undefined
  const baseDirectory = join(root, '.practice')
  await mkdir(baseDirectory, { recursive: true })
  const frontend = await frontendRoot()
  const started = await startPracticeComfyui({
    baseDirectory,
    ...(frontend === undefined ? {} : { frontendRoot: frontend }),
  })
  const line = '='.repeat(78)
  console.log(
    [
      '',
      line,
      `  PRACTICE ComfyUI: nothing answers at ${defaultComfyui} and COMFYUI_URL is not set,`,
      '  so a stand-in without models or a GPU runs behind Gatehouse. It is for trying out.',
      '  For your own ComfyUI: COMFYUI_URL=http://HOST:PORT npx -y pnpm@10.34.9 start',
      line,
      '',
    ].join('\n'),
  )
  return started
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/system_stats`, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    return false
  }
}
