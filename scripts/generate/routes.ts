/** What do the route index and docs/ROUTES.md say? Both are read off the route files themselves. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileTable } from '../../sidecar/src/policy/compile-table.ts'
import { describeIsolation } from '../../sidecar/src/policy/explain.ts'
import type { Resource } from '../../sidecar/src/policy/row.ts'

/** One import and one entry a route file; its export is found by its `routes('…')` call. */
export function routeIndex(folder: string): string {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('.generated.ts'))
    .sort()
  const found = files.map((file) => {
    const name = /export const (\w+) = routes\(/.exec(readFileSync(join(folder, file), 'utf8'))?.[1]
    if (name === undefined) throw new Error(`${file} exports no routes(…)`)
    return { file, name }
  })
  return [
    '/** Which resources make up the route table? Written by `pnpm generate`; not edited by hand. */',
    ...found.map(({ file, name }) => `import { ${name} } from './${file}'`),
    '',
    `export const resources = [\n${found.map(({ name }) => `  ${name},\n`).join('')}] as const`,
    '',
  ].join('\n')
}

/** The whole table, resource by resource. */
export async function routesDocument(): Promise<string> {
  const { resources } = await import('../../sidecar/src/routes/index.generated.ts')
  const table = compileTable(resources)
  const sections = resources.map((resource: Resource) => {
    const rows = table.rows.filter((row) => row.resource === resource.name)
    const lines = rows.map(
      (row) => `| \`${row.key}\` | ${row.at} | ${row.needs} | ${describeIsolation(row.isolation)} |`,
    )
    return [
      `## ${resource.name}`,
      '',
      resource.says,
      '',
      `Source: ${resource.source}.`,
      '',
      '| route | served at | needs | isolation |',
      '|---|---|---|---|',
      ...lines,
      '',
    ].join('\n')
  })
  return [
    '# Routes',
    '',
    'Written by `pnpm generate` from `sidecar/src/routes/`. Every request matches exactly one row or is answered like a missing route.',
    '`both` means `/x` and `/api/x`; a path ending in `*` stands for everything below it. HEAD is answered by the GET row.',
    '',
    ...sections,
  ].join('\n')
}
