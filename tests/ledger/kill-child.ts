/** What does the kill test kill? A ledger over a database that takes prompts from its standard input until it dies. */
import { createInterface } from 'node:readline'
import { alice, bob, bodyOf, graph, noKey, openLedger } from './ledger-world.ts'

const [, , dataDir = '', url = ''] = process.argv
const { ledger } = await openLedger(dataDir, () => url, { maxPendingCount: 100_000 })
await ledger.reconcile()
process.stdout.write('ready\n')

// One line is one prompt: its mark, and whether it goes in front.
createInterface({ input: process.stdin }).on('line', (line) => {
  const [mark = '', front = ''] = line.split(' ')
  const who = Number(mark) % 2 === 0 ? alice : bob
  void ledger
    .jobsOf(who)
    .submit(graph(Number(mark), front === 'front' ? { front: true } : {}), noKey)
    .then((answer) => {
      if (bodyOf(answer).prompt_id !== undefined) process.stdout.write(`${mark}\n`)
    })
})
