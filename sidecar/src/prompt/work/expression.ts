/** Between which numbers does a math expression lie, and does its evaluation stay small? (nodes_math.py, 0.33.0) */
import { type Token, tokenize } from './expression-tokens.ts'
import {
  add,
  around,
  between,
  divide,
  exactly,
  type Interval,
  magnitude,
  multiply,
  negate,
  power,
  remainder,
  union,
  widen,
} from './interval.ts'

/** `too-large`: a step on the way grows beyond a float, which Python's integers do for minutes, uninterruptibly. */
export type ExpressionVerdict = Interval | 'unreadable' | 'too-large'

// Each operator nests at most once per token; simpleeval recurses as well.
const maxTokens = 1_000
const maxNesting = 50

class Unreadable extends Error {}
class TooLarge extends Error {}

type Names = (name: string) => Interval

/** The interval of `text`; `names` knows what stands behind a name. */
export function boundExpression(text: string, names: Names): ExpressionVerdict {
  const tokens = tokenize(text)
  if (tokens === undefined || tokens.length > maxTokens) return 'unreadable'
  try {
    const reader = createReader(tokens)
    const value = readTernary(reader, names, 0)
    return reader.peek() === undefined ? value : 'unreadable'
  } catch (error) {
    if (error instanceof TooLarge) return 'too-large'
    if (error instanceof Unreadable) return 'unreadable'
    throw error
  }
}

interface Reader {
  peek(): Token | undefined
  /** Takes the next token when it is one of `wanted`. */
  take(...wanted: readonly string[]): string | undefined
  next(): Token
}

function createReader(tokens: readonly Token[]): Reader {
  let at = 0
  return {
    peek: () => tokens[at],
    take: (...wanted) => {
      const token = tokens[at]
      if (token === undefined || token.kind === 'number' || !wanted.includes(token.text)) return undefined
      at += 1
      return token.text
    },
    next: () => {
      const token = tokens[at]
      if (token === undefined) throw new Unreadable()
      at += 1
      return token
    },
  }
}

type Read = (reader: Reader, names: Names, depth: number) => Interval
type Operate = (a: Interval, b: Interval) => Interval

const truth = between(0, 1)

const readTernary: Read = (reader, names, depth) => {
  if (depth > maxNesting) throw new Unreadable()
  const value = readOr(reader, names, depth)
  if (reader.take('if') === undefined) return value
  readOr(reader, names, depth)
  if (reader.take('else') === undefined) throw new Unreadable()
  return union(value, readTernary(reader, names, depth + 1))
}

/** One level of operators that are read from left to right. */
function leftToRight(inner: Read, operators: Readonly<Record<string, Operate>>): Read {
  return (reader, names, depth) => {
    let value = inner(reader, names, depth)
    for (;;) {
      const operator = reader.take(...Object.keys(operators))
      const operate = operator === undefined ? undefined : operators[operator]
      if (operate === undefined) return value
      value = operate(value, inner(reader, names, depth))
    }
  }
}

const readUnary: Read = (reader, names, depth) => {
  if (depth > maxNesting) throw new Unreadable()
  const sign = reader.take('-', '+', '~')
  if (sign === undefined) return readPower(reader, names, depth)
  const value = readUnary(reader, names, depth + 1)
  if (sign === '+') return value
  return sign === '-' ? negate(value) : add(negate(value), exactly(-1))
}

const readPower: Read = (reader, names, depth) => {
  const base = readAtom(reader, names, depth)
  // Python: -2 ** 2 is -(2 ** 2), and 2 ** -1 takes its sign along.
  return reader.take('**') === undefined ? base : raise(base, readUnary(reader, names, depth + 1))
}

const readProduct = leftToRight(readUnary, {
  '*': (a, b) => product(a, b),
  '/': divide,
  '//': (a, b) => widen(divide(a, b)),
  '%': remainder,
})
const readSum = leftToRight(readProduct, { '+': add, '-': (a, b) => add(a, negate(b)) })
const readShift = leftToRight(readSum, {
  '<<': (a, b) => product(a, raise(exactly(2), b)),
  '>>': (a) => union(a, exactly(0)),
})
const readBits = leftToRight(readShift, { '&': bitwise, '|': bitwise, '^': bitwise })
const comparison: Operate = () => truth
const readComparison = leftToRight(readBits, {
  '<': comparison,
  '<=': comparison,
  '>': comparison,
  '>=': comparison,
  '==': comparison,
  '!=': comparison,
})

const readNot: Read = (reader, names, depth) => {
  if (depth > maxNesting) throw new Unreadable()
  if (reader.take('not') === undefined) return readComparison(reader, names, depth)
  readNot(reader, names, depth + 1)
  return truth
}

// `a or b` is one of its sides.
const readAnd = leftToRight(readNot, { and: union })
const readOr = leftToRight(readAnd, { or: union })

const readAtom: Read = (reader, names, depth) => {
  const token = reader.next()
  if (token.kind === 'number') return exactly(token.value)
  if (token.text === '(') {
    const value = readTernary(reader, names, depth + 1)
    if (reader.take(')') === undefined) throw new Unreadable()
    return value
  }
  if (token.kind !== 'name') throw new Unreadable()
  if (token.text === 'True' || token.text === 'False') return truth
  if (reader.take('(') !== undefined) return call(token.text, readArguments(reader, names, depth))
  if (token.text !== 'values') return names(token.text)
  if (reader.take('[') !== undefined) {
    readTernary(reader, names, depth + 1)
    if (reader.take(']') === undefined) throw new Unreadable()
  }
  return names('values')
}

function readArguments(reader: Reader, names: Names, depth: number): readonly Interval[] {
  const values: Interval[] = []
  while (reader.take(')') === undefined) {
    if (values.length > 0 && reader.take(',') === undefined) throw new Unreadable()
    values.push(readTernary(reader, names, depth + 1))
  }
  return values
}

// `values` has 26 entries at most.
const maxValues = 26

function call(name: string, values: readonly Interval[]): Interval {
  const [first, second] = values
  if (first === undefined) throw new Unreadable()
  const all = values.reduce(union)
  switch (name) {
    case 'sum':
      return values.length === 1 ? multiply(first, between(0, maxValues)) : values.reduce(add)
    case 'pow':
      return raise(first, second ?? exactly(1))
    case 'sqrt':
      return between(0, Math.sqrt(Math.max(0, first.high)))
    case 'sin':
    case 'cos':
      return between(-1, 1)
    case 'log':
    case 'log2':
    case 'log10':
    case 'tan':
      // Near a pole of theirs they reach any number.
      return between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
    case 'abs':
      return between(0, magnitude(first))
    case 'min':
    case 'max':
    case 'float':
      return all
    case 'round':
      return second === undefined ? widen(first) : roundedTo(first, second)
    case 'ceil':
    case 'floor':
    case 'int':
      return widen(first)
    default:
      throw new Unreadable()
  }
}

// Python's round(5, -10 ** 7) raises 10 to that power first, uninterruptibly; what it rounds up can double.
function roundedTo({ low, high }: Interval, digits: Interval): Interval {
  if (!(digits.low >= -300)) throw new TooLarge()
  return digits.low >= 0 ? widen({ low, high }) : { low: Math.min(0, 2 * low), high: Math.max(0, 2 * high) }
}

function bitwise(a: Interval, b: Interval): Interval {
  const reach = 2 * Math.max(magnitude(a), magnitude(b)) + 1
  return around(-reach, reach)
}

// A float that overflows is infinite or an error at once; integers go on growing, and their products take minutes.
const largest = 1e300

/** Refuses a result that outgrew a float although its operands had not. */
function grown(operate: Operate): Operate {
  return (a, b) => {
    const value = operate(a, b)
    const known = Number.isFinite(magnitude(a)) && Number.isFinite(magnitude(b))
    if (known && magnitude(value) > largest) throw new TooLarge()
    return value
  }
}

// What is behind a division can be any number, also once it was made an integer: it may be squared and no more.
const raise: Operate = (base, exponent) => {
  if (!Number.isFinite(magnitude(base)) && magnitude(exponent) > 2) throw new TooLarge()
  if (!Number.isFinite(magnitude(exponent))) throw new TooLarge()
  return grown(power)(base, exponent)
}

const product: Operate = (a, b) => grown(multiply)(a, b)
