/** Is the list of what may differ the one that the documents print? */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exceptions } from './exceptions.ts'

const document = readFileSync(join(import.meta.dirname, '../../docs/isolation.md'), 'utf8')

describe('what may differ when others are there', () => {
  it('stands in the document, all of it and nothing more', () => {
    const printed = document
      .split('\n')
      .filter((line) => line.startsWith('| ') && !/^\| (?:what may differ|---) \|/.test(line))
    expect(printed).toEqual(exceptions.map(({ what, why }) => `| ${what} | ${why} |`))
  })
})
