/** What is somebody's name, once every way to write it is one? The only form that is looked up, counted or stored. */

/** In characters; longer input is not even normalised. */
const limitCount = 128
const rawLimitCount = 512

/** Letters and digits of any script, joined by single separators that no other separator can be mistaken for. */
const shape = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:[ ._@+'-]+[\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*[.+_-]?$/u
const doubledSpace = / {2}/

/** Scripts whose letters look alike; a name mixes none of them. */
const lookalikeScripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u]

/**
 * The canonical form (NFKC, case folded, trimmed), or undefined where there is none.
 * Undefined for empty, over-long, control, invisible and separator-like characters, and mixed look-alike scripts.
 */
export function canonicalUserName(text: string): string | undefined {
  if (text.length > rawLimitCount || !text.isWellFormed()) return undefined
  const name = foldCase(text.normalize('NFKC')).normalize('NFKC').trim()
  if (name === '' || [...name].length > limitCount) return undefined
  if (!shape.test(name) || doubledSpace.test(name)) return undefined
  if (lookalikeScripts.filter((script) => script.test(name)).length > 1) return undefined
  return name
}

/**
 * The name as it is, but for case. Attack: an issuer lets people choose their names, and one of them is `al\u0131ce` or
 * `\uff41lice`, which are `alice` here. Whoever goes by the word of an issuer tells them apart by this.
 */
export function plainName(text: string): string {
  return text.trim().normalize('NFC').toLowerCase()
}

/** Through upper case, because lower case alone keeps the two lower-case forms of one letter apart. */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase()
}
