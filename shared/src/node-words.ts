/** How is a node class named in short? A class name or pattern, or `pack:FOLDER`. */

export interface NamedNodes {
  readonly class?: string | undefined
  readonly pack?: string | undefined
}

/** What the short form stands for. */
export function parseNodeWords(words: string): NamedNodes {
  const prefix = 'pack:'
  return words.startsWith(prefix) ? { pack: words.slice(prefix.length) } : { class: words }
}
