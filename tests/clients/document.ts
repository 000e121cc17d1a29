/** Which examples does docs/clients.md print? The code blocks that a comment names, exactly as a reader sees them. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const document = readFileSync(fileURLToPath(new URL('../../docs/clients.md', import.meta.url)), 'utf8')

/** The block behind `<!-- run: NAME -->`. @throws when the document has no such block */
export function example(name: string): string {
  return block(`run: ${name}`)
}

/** Names of every block that is meant to be run. */
export function exampleNames(): readonly string[] {
  return [...document.matchAll(/<!-- run: (\S+) -->/g)].map((match) => match[1] ?? '')
}

/** The block behind `<!-- answer: WHAT -->`, as JSON. */
export function answerExample(what: string): unknown {
  return JSON.parse(block(`answer: ${what}`))
}

/** Rows of the table whose header starts with `firstColumn`, cells without blanks and backticks. */
export function tableRows(firstColumn: string): readonly (readonly string[])[] {
  const lines = document.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${firstColumn} |`))
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'))
  return lines.slice(start + 2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

function block(comment: string): string {
  const marker = `<!-- ${comment} -->\n`
  const start = document.indexOf(marker)
  if (start < 0) throw new Error(`docs/clients.md has no block "${comment}"`)
  const fenced = /^```\w+\n(?<code>[\s\S]*?)\n```\n/.exec(document.slice(start + marker.length))
  if (fenced?.groups?.code === undefined) throw new Error(`no code block follows "${comment}"`)
  return `${fenced.groups.code}\n`
}
