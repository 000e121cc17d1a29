/** How does what somebody typed become part of a filter or of a name, and nothing more? */

/** RFC 4515 3. */
export function escapeFilter(text: string): string {
  return text.replaceAll(/[\\*()\0]/g, (one) => `\\${hex(one)}`)
}

/** RFC 4514 2.4, with every special character as its bytes, so that position does not matter. */
export function escapeDn(text: string): string {
  return text.replaceAll(/[\\,+"<>;=#\0]|^ | $/g, (one) => `\\${hex(one)}`)
}

function hex(one: string): string {
  return one.charCodeAt(0).toString(16).padStart(2, '0')
}

/** Puts values into their places at once: a value that looks like a place is none. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (place, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '') : place,
  )
}
