/** How is a number of bytes, or of files, shown? */

const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const

/** `1.5 MB`; powers of 1024, as file managers count. */
export function sizeText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1)
  const value = bytes / 1024 ** power
  return `${value >= 10 || power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}

export function countText(files: number): string {
  return files === 1 ? '1 file' : `${files} files`
}
