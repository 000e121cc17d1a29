/** Does a text in a small language reach only the values it is given? */

// str.format follows attributes and indexes: `{a.__init__.__globals__[os].environ}` prints the secrets of the process.
// What is left is a bare name with a short width and type.
const formatPiece = /\{\{|\}\}|\{[A-Za-z0-9_]*(?:![rsa])?(?::[^{}[\]]{0,16})?\}|[^{}]+/y

/** Why a Python format string is refused; undefined when it only prints its values. */
export function findUnsafeFormat(text: string): string | undefined {
  formatPiece.lastIndex = 0
  while (formatPiece.lastIndex < text.length) {
    const piece = formatPiece.exec(text)?.[0]
    if (piece === undefined || (piece.startsWith('{') && /\d{5}/.test(piece))) {
      return 'use plain fields such as {a} or {a:.2f}; attributes, indexes and widths above 9999 are not available.'
    }
  }
  return undefined
}

/** Why an expression for simpleeval is refused; undefined when it is arithmetic over its values. */
export function findUnsafeExpression(text: string): string | undefined {
  if (text.length > 10_000) return 'use a shorter expression.'
  // An attribute is a dot before a name; in `1.e5` the dot belongs to a number.
  const withoutNumbers = text.replace(/(?<![\w.])\d+\.(?:\d+)?(?:[eE][+-]?\d+)?/g, '0')
  return /\.\s*[^\s\d]/.test(withoutNumbers) || withoutNumbers.includes('__')
    ? 'use arithmetic over the values; attributes are not available.'
    : undefined
}

// Its search for currencies takes the cube of a run's length, and its other searches the length of the text for each
// run (ace_text_cleaners.py expand_numbers_multilingual, 0.33.0).
const longestLyrics = 10_000
const longRun = /[0-9.,]{101}/
// Taken out before that search, so that what stands on both sides becomes one run (multilingual_cleaners,
// japanese_to_romaji).
const vanishing = /["\u3063\u30c3]/g

/** Why lyrics are refused; undefined when ComfyUI reads them in no time. */
export function findHeavyLyrics(text: string): string | undefined {
  if (text.length > longestLyrics) return `at most ${longestLyrics} characters are read here.`
  return longRun.test(text.replace(vanishing, ''))
    ? 'at most 100 digits, dots and commas may follow each other. Put spaces between them.'
    : undefined
}
