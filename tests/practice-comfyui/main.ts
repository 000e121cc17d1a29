/** Runs the practice ComfyUI by itself: `node tests/practice-comfyui/main.ts --port 8188 --base-directory DIR`. */
import { parseArgs } from 'node:util'
import { frontendRoot } from '../support/frontend-package.ts'
import { startPracticeComfyui } from './start.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8188' },
    host: { type: 'string', default: '127.0.0.1' },
    'base-directory': { type: 'string' },
    'front-end-root': { type: 'string' },
  },
})
const port = Number(values.port)
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`--port takes a number from 0 to 65535, not "${values.port}".`)
  process.exit(2)
}

const root = values['front-end-root'] ?? (await frontendRoot())
const baseDirectory = values['base-directory']
try {
  const practice = await startPracticeComfyui({
    port,
    host: values.host,
    ...(baseDirectory === undefined ? {} : { baseDirectory }),
    ...(root === undefined ? {} : { frontendRoot: root }),
  })
  console.log(`Practice ComfyUI (a stand-in without models) at ${practice.url}, files in ${practice.baseDirectory}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void practice.close().then(() => process.exit(0)))
  }
} catch (error) {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  console.error(
    isTaken ? `Port ${port} is in use. End what listens there, or choose another with --port.` : String(error),
  )
  process.exit(1)
}
