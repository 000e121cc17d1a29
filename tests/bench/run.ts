/** How fast is Gatehouse? One command, ratios in one run: `pnpm bench`, or `pnpm bench lane`, `ui`, `lists`, `not-there`, `identity`, `sockets`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findRealComfyui, noRealComfyui } from '../support/real-comfyui.ts'
import { identityRows } from './identity.ts'
import { laneRows } from './lane.ts'
import { normaliserRows } from './normaliser.ts'
import { notThereRows } from './not-there.ts'
import { requirePrograms } from './programs.ts'
import { printTable } from './report.ts'
import { socketRows } from './sockets.ts'
import { listingsAlone, stockUiRows } from './stock-ui.ts'

const wanted = process.argv[2] ?? 'all'
const real = findRealComfyui()

if (!existsSync(join(import.meta.dirname, '../../dist/sidecar/gatehouse.mjs'))) {
  console.error('The sidecar is not built. Run first: pnpm build')
  process.exit(2)
}
if (wanted === 'all' || wanted === 'lane') {
  requirePrograms(['wrk', 'nginx', 'taskset'])
  printTable('The forwarding lane against nginx with an API-key check', await laneRows(real?.python))
}
if (wanted === 'all' || wanted === 'ui') {
  if (real === undefined) console.log(noRealComfyui)
  else
    printTable('Opening the stock UI and its listings, against a real ComfyUI without Gatehouse', await stockUiRows())
}
if (wanted === 'lists') {
  if (real === undefined) console.log(noRealComfyui)
  else printTable('Listings, against a real ComfyUI without Gatehouse', await listingsAlone())
}
if (wanted === 'all' || wanted === 'not-there') {
  printTable('Whether time tells "not yours" from "not there"', await notThereRows())
}
if (wanted === 'all' || wanted === 'identity') {
  requirePrograms(['taskset'])
  printTable('What each way to prove oneself costs, against the session cookie', await identityRows())
}
if (wanted === 'all' || wanted === 'normaliser') {
  requirePrograms(['taskset'])
  printTable('Whether judging a prompt makes anybody wait', await normaliserRows())
}
if (wanted === 'all' || wanted === 'sockets') {
  requirePrograms(['nginx', 'taskset'])
  printTable('Live events for two hundred open pages, against nginx with a socket each', await socketRows())
}
