/** How are the figures told? A table of ratios; the must and the excellent value beside each. */

export interface Row {
  readonly what: string
  readonly value: number | undefined
  /** `>= 0.30`, `<= 5`; `-` for what is only told. */
  readonly must: string
  readonly excellent: string
}

export function printTable(title: string, rows: readonly Row[]): void {
  const width = Math.max(...rows.map((row) => row.what.length))
  console.log(`\n${title}\n${'measure'.padEnd(width)}  value     must      excellent  verdict`)
  for (const row of rows) {
    const value = row.value === undefined ? '-' : row.value.toFixed(2)
    console.log(
      `${row.what.padEnd(width)}  ${value.padStart(8)}  ${row.must.padEnd(8)}  ${row.excellent.padEnd(9)}  ${verdict(row)}`,
    )
  }
}

function verdict({ value, must, excellent }: Row): string {
  if (value === undefined) return 'not measured'
  if (must === '-') return 'told'
  if (meets(value, excellent)) return 'excellent'
  return meets(value, must) ? 'met' : 'MISSED'
}

function meets(value: number, target: string): boolean {
  const [sign, limit] = target.split(' ')
  return sign === '>=' ? value >= Number(limit) : value <= Number(limit)
}
