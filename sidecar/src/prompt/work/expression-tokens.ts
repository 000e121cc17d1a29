/** Of which words is a math expression made? The part of Python that simpleeval evaluates to numbers. */

export type Token =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name' | 'sign'; readonly text: string }

const token =
  /\s*(?:(\d+(?:_\d+)*(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|\/\/|<<|>>|<=|>=|==|!=|[-+*/%()<>,&|^~[\]]))/y

/** The tokens of `text`; undefined when something else is in it. */
export function tokenize(text: string): readonly Token[] | undefined {
  const tokens: Token[] = []
  const rest = text.trim()
  token.lastIndex = 0
  while (token.lastIndex < rest.length) {
    const [, number, name, sign] = token.exec(rest) ?? []
    if (number !== undefined) tokens.push({ kind: 'number', value: Number(number.replaceAll('_', '')) })
    else if (name !== undefined) tokens.push({ kind: 'name', text: name })
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign })
    else return undefined
  }
  return tokens
}
