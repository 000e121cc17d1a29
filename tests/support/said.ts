/** Does the product say the sentences that a page explains? Those of the table under "When it says", looked up in the source. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Every sentence of the table; `...` stands for what differs. */
export function sentencesOf(page: string): readonly string[] {
  const [, table = ''] = readFileSync(join(root, page), 'utf8').split('## When it says')
  return [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, sentence = '']) => sentence)
}

/** Those that no source file of the sidecar or the shared folder holds. */
export function unsaid(sentences: readonly string[]): readonly string[] {
  const source = ['sidecar/src', 'shared/src'].flatMap(sourcesBelow).join('\n')
  return sentences.filter((sentence) => !sentence.split('...').every((part) => source.includes(part.trim())))
}

function sourcesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
}
