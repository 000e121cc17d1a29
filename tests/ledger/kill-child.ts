/** What does the kill test kill? A ledger over a database that takes prompts from its standard input until it dies. */
import { createInterface } from 'node:readline'
import { alice, bob, bodyOf, graph, noKey, openLedger } from './ledger-world.ts'

const [, , dataDir = '', url = ''] = process.argv
const { ledger } = await openLedger(dataDir, () => url, { maxPendingCount: 100_000 })
await ledger.reconcile()
process.stdout.write('ready\n')

// Written in many steps, so that some die between two of them.
const workflow = {
  extra_data: { extra_pnginfo: { workflow: { notes: Array.from({ length: 30 }, () => 'x'.repeat(100_000)) } } },
}

// One line is one prompt: its mark, and whether it goes in front. Every fourth has megabytes.
createInterface({ input: process.stdin }).on('line', (line) => {
  const [mark = '', front = ''] = line.split(' ')
  const who = Number(mark) % 2 === 0 ? alice : bob
  const large = Number(mark) % 4 === 0 ? workflow : {}
  void ledger
    .jobsOf(who)
    .submit(graph(Number(mark), { ...(front === 'front' ? { front: true } : {}), ...large }), noKey)
    .then((answer) => {
      if (bodyOf(answer).prompt_id !== undefined) process.stdout.write(`${mark}\n`)
    })
})
