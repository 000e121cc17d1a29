/** What do raw headers carry under one name? Every value, so that a second one is seen. */

/** `name` in lower case; other spellings, such as with `_`, are other names. */
export function headerValues(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
}

/** Values of one cookie, without the quotes that some servers put round them. */
export function cookieValues(rawHeaders: readonly string[], name: string): readonly string[] {
  return headerValues(rawHeaders, 'cookie').flatMap((header) =>
    header.split(';').flatMap((pair) => {
      const equals = pair.indexOf('=')
      // A name without `=` is a cookie without a value to other parsers (Python's http.cookies), and so a second one.
      const [own, value] = equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
      return own.trim() === name ? [value.trim().replace(/^"(.*)"$/, '$1')] : []
    }),
  )
}
