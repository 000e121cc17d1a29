/** How long was the longest turn of a process's loop? Loaded into it with `--import`; SIGUSR2 writes the answer to BENCH_TURNS. */
import { writeFileSync } from 'node:fs'

const file = process.env.BENCH_TURNS

/** Processor time of this thread: a machine that is busy with others makes no turn longer. */
function usedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

let [last, longest] = [usedMs(), 0]
setInterval(() => {
  const now = usedMs()
  longest = Math.max(longest, now - last)
  last = now
}, 1).unref()

if (file !== undefined) {
  process.on('SIGUSR2', () => {
    writeFileSync(file, `${longest}`)
    longest = 0
  })
}
