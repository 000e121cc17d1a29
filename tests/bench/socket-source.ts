/** Where do the messages come from? A practice ComfyUI whose job is held, and which tells of its progress when it is asked to. */
import { createInterface } from 'node:readline'
import { startPracticeComfyui } from '../practice-comfyui/start.ts'

const tickMs = 5
const comfyui = await startPracticeComfyui()
comfyui.hold()
console.log(comfyui.url)

/** Sends `rate` events a second; each carries the time at which it was sent, in nanoseconds of a clock that all processes share. */
function tell(rate: number, seconds: number): void {
  const [upstreamId = ''] = comfyui.steps.jobs().running
  const [node = ''] = comfyui.steps.nodes(upstreamId)
  const count = rate * seconds
  const startedAt = process.hrtime.bigint()
  let sent = 0
  const timer = setInterval(() => {
    const dueCount = Math.min(count, Math.floor((Number(process.hrtime.bigint() - startedAt) * rate) / 1e9))
    for (; sent < dueCount; sent += 1) {
      const data = `{"value":${process.hrtime.bigint()},"max":1000,"prompt_id":"${upstreamId}","node":"${node}"}`
      comfyui.steps.emit(`{"type":"progress","data":${data}}`)
    }
    if (sent === count) clearInterval(timer)
  }, tickMs)
}

for await (const line of createInterface({ input: process.stdin })) {
  const [rate = 0, seconds = 0] = line.split(' ').map(Number)
  tell(rate, seconds)
}
process.exit(0)
