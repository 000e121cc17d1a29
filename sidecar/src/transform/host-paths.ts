/** What remains of a text once the server's own folders are out of it? File names stay, folders go. */

/** In quotes, as Python prints paths in errors: folders may contain spaces. */
const quoted = /(['"])(?:[A-Za-z]:)?[\\/](?:[^'"\n]*[\\/])?([^'"\\/\n]*)\1/g
const bare = /(?<![\w:./\\-])(?:[A-Za-z]:[\\/]|\/|\\\\)(?:[^\s'"<>|:*?\\/]+[\\/]+)+/g
/** A path in the clothes of a URL, as `pathlib.Path.as_uri` and `file://localhost/` write it. */
const fileUrl = /file:\/\/(?:localhost)?\/*([A-Za-z]:[\\/])?/gi

/** Absolute paths lose their folders; URLs and relative names stay as they are. */
export function withoutHostPaths(text: string): string {
  return text
    .replace(fileUrl, (_, drive: string | undefined) => drive ?? '/')
    .replace(quoted, '$1$2$1')
    .replace(bare, '')
}
