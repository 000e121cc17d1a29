/** What does the route table say? Printed for people, or as JSON. */
import { parseArgs } from 'node:util'
import { loadConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { compileTable, type RouteTable } from '../policy/compile-table.ts'
import { customResources } from '../policy/custom-rows.ts'
import { describeIsolation } from '../policy/explain.ts'
import { resources } from '../routes/index.generated.ts'

/** The table with the operator's own rows. */
export function configuredTable(flags: {
  readonly config?: string | undefined
  readonly data?: string | undefined
}): RouteTable {
  return compileTable([...resources, ...customResources(loadConfig(readEnvironment(), flags).routes)])
}

export async function routesCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { config: { type: 'string' }, data: { type: 'string' }, json: { type: 'boolean' } },
  })
  const rows = configuredTable(values).rows.map((row) => ({
    route: row.key,
    at: row.at,
    needs: row.needs,
    isolation: describeIsolation(row.isolation),
    says: row.says,
  }))
  if (values.json === true) {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
    return 0
  }
  const width = Math.max(...rows.map((row) => row.route.length))
  for (const row of rows)
    process.stdout.write(`${row.route.padEnd(width)}  ${row.at.padEnd(4)}  ${row.needs.padEnd(15)}  ${row.isolation}\n`)
  process.stdout.write(`${'*'.padEnd(width)}  both  -                denied: no row\n`)
  return 0
}
