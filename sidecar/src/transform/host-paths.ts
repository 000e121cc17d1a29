/** What remains of a text once the server's own folders are out of it? File names stay, folders go. */

/** In quotes, as Python prints paths in errors: folders may contain spaces. */
const quoted = /(['"])(?:[A-Za-z]:)?[\\/](?:[^'"\n]*[\\/])?([^'"\\/\n]*)\1/g
const bare = /(?<![\w:./\\-])(?:[A-Za-z]:[\\/]|\/)(?:[^\s'"<>|:*?\\/]+[\\/]+)+/g

/** Absolute paths lose their folders; URLs and relative names stay as they are. */
export function withoutHostPaths(text: string): string {
  return text.replace(quoted, '$1$2$1').replace(bare, '')
}
