/** What do ten thousand people who only have the page open cost? Little memory each, and nobody's work. */
import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProgram } from '../cli/gatehouse.ts'
import { savedPicture } from '../support/graphs.ts'
import { type OwnProcess, startOwnProcess } from './own-process.ts'

const timeout = 300_000
const wantedCount = 10_000
/** What the two processes open beside the sockets. */
const spareFiles = 500
const bytesEach = 40 * 1024
const folder = dirname(fileURLToPath(import.meta.url))

/** Files that one process may open here; a small limit is said, and makes a smaller test. */
function mayOpen(): number {
  const limit =
    process.platform === 'win32' ? 'unlimited' : execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' })
  const count = Number(limit) || Number.POSITIVE_INFINITY
  if (count < wantedCount + spareFiles)
    console.warn(`ulimit -n is ${count}: fewer than ${wantedCount} idle sockets are tested.`)
  return Math.min(wantedCount, count - spareFiles)
}

let world: OwnProcess
beforeAll(async () => {
  world = await startOwnProcess(`  sockets_per_user: 10000\n  connections: 12000\n`)
}, timeout)
afterAll(() => world[Symbol.asyncDispose]())

describe('idle sockets', { timeout }, () => {
  it('by the thousand cost a bounded amount of memory, stay open, and leave everybody their work', async () => {
    const count = mayOpen()
    const { alice, bob, up } = world
    const before = world.residentBytes()
    const address = up.address.replace('http', 'ws')
    await using child = startProgram(
      process.execPath,
      [join(folder, 'idle-child.ts'), address, alice.key, String(count)],
      {},
    )
    expect((await child.says(/open (\d+)/))[1]).toBe(String(count))
    const grown = world.residentBytes() - before
    console.info(
      `${count} idle sockets: ${Math.round(grown / 1024 / 1024)} MB, ${Math.round(grown / count / 1024)} KB each`,
    )
    expect(grown).toBeLessThan(count * bytesEach)
    using tab = await bob.listens('tab-b')
    for (const name of ['one', 'two', 'three']) {
      const job = await bob.queues(savedPicture(name), { client_id: 'tab-b' })
      await tab.hears(({ type, data }) => type === 'executing' && data.node === null && data.prompt_id === job.id)
    }
    // Her own job is told to every one of them that goes by its client id, and to no other.
    await (await alice.queues(savedPicture('hers'), { client_id: 'elsewhere' })).finishes()
    child.process.stdin.write('\n')
    expect((await child.says(/still (\d+)/))[1]).toBe(String(count))
  })
})
