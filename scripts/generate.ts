/** Which files are derived? Writes them all, or with `--check` fails when one is stale. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { auditEventsDocument } from './generate/audit-events.ts'
import { configurationDocument } from './generate/configuration.ts'
import { errorsDocument } from './generate/errors.ts'
import { nodesDocument } from './generate/nodes.ts'
import { permissionsDocument } from './generate/permissions.ts'
import { routeIndex, routesDocument } from './generate/routes.ts'
import { requireNode24 } from './require-node.ts'

requireNode24()
const root = dirname(dirname(fileURLToPath(import.meta.url)))

const derived: Readonly<Record<string, () => string | Promise<string>>> = {
  'sidecar/src/routes/index.generated.ts': () => routeIndex(join(root, 'sidecar/src/routes')),
  'docs/ROUTES.md': routesDocument,
  'docs/CONFIGURATION.md': configurationDocument,
  'docs/errors.md': errorsDocument,
  'docs/audit-events.md': auditEventsDocument,
  'docs/nodes.md': nodesDocument,
  'docs/permissions.md': permissionsDocument,
}

const checkOnly = process.argv.includes('--check')
const stale: string[] = []
for (const [path, write] of Object.entries(derived)) {
  const file = join(root, path)
  const wanted = await write()
  const present = existsSync(file) ? readFileSync(file, 'utf8') : undefined
  if (present === wanted) continue
  stale.push(path)
  if (!checkOnly) writeFileSync(file, wanted)
}
if (checkOnly && stale.length > 0) {
  console.error(`Stale: ${stale.join(', ')}. Run: pnpm generate`)
  process.exit(1)
}
console.log(stale.length === 0 ? 'All generated files are fresh.' : `Written: ${stale.join(', ')}`)
