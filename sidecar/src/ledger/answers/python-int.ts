/** Which integer does Python read? The query values of ComfyUI's routes go through `int()`. */

/** undefined where Python's `int()` raises. */
export function parsePythonInt(text: string): number | undefined {
  const plain = text.trim()
  if (!/^[+-]?\d+(?:_\d+)*$/.test(plain)) return undefined
  const value = Number(plain.replaceAll('_', ''))
  // Beyond any list's length either way.
  return Math.max(Math.min(value, Number.MAX_SAFE_INTEGER), Number.MIN_SAFE_INTEGER)
}
