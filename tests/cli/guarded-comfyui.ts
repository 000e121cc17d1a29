/** What does the supervisor start in a test? A practice ComfyUI that guards itself as the companion pack does, and says its pid. */
import { writeFileSync } from 'node:fs'
import { startPracticeComfyui } from '../practice-comfyui/start.ts'

const [, , pidFile = ''] = process.argv
const practice = await startPracticeComfyui({
  port: Number(process.env.GATEHOUSE_UPSTREAM_PORT),
  guardSecret: process.env.GATEHOUSE_GUARD_SECRET ?? '',
})
writeFileSync(pidFile, String(process.pid))
process.once('SIGINT', () => void practice.close().then(() => process.exit(0)))
