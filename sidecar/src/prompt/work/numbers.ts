/** Between which numbers does what a node hands on lie? Through the core classes that make numbers (0.33.0). */
import { boundExpression } from './expression.ts'
import { between, exactly, type Interval, union, widen } from './interval.ts'
import type { Hands, Made } from './made.ts'
import { sideOf } from './made.ts'

/** What a number node has in its hands. */
export interface NumberHands extends Hands {
  /** What the node itself makes. */
  readonly made: Made
}

/** Any number that Python can hand on. */
export const anything: Interval = between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
/** Any integer of 64 bits: what a field without a known value may hold in an expression. */
const anyInteger = between(-(2 ** 64), 2 ** 64)

/** The interval of output `slot`. */
export function numberFrom(hands: NumberHands, slot: number): Interval {
  const rule = rules[hands.classType]
  return rule === undefined ? guess(hands) : rule(hands, slot)
}

type NumberRule = (hands: NumberHands, slot: number) => Interval

const value: NumberRule = (hands) => hands.number('value') ?? anything
const upTo =
  (high: number): NumberRule =>
  () =>
    between(0, high)
const truth = upTo(1)

const rules: Readonly<Record<string, NumberRule | undefined>> = Object.assign(Object.create(null), {
  PrimitiveInt: value,
  PrimitiveFloat: value,
  PrimitiveBoolean: truth,
  ComfyNumberConvert: (hands: NumberHands) => {
    const text = hands.text('value')
    return (text === undefined ? hands.number('value') : parsePlainNumber(text)) ?? anything
  },
  SeedNode: (hands: NumberHands) => hands.number('seed') ?? anything,
  ComfySwitchNode: (hands: NumberHands) =>
    union(hands.number('on_false') ?? exactly(0), hands.number('on_true') ?? exactly(0)),
  CreateList: (hands: NumberHands) =>
    hands.fields.map((name) => hands.number(name) ?? anything).reduce(union, exactly(0)),
  ComfyNotNode: truth,
  ComfyAndNode: truth,
  ComfyOrNode: truth,
  StringContains: truth,
  StringCompare: truth,
  RegexMatch: truth,
  StringLength: (hands: NumberHands) => between(0, hands.characters('string')),
  CustomCombo: upTo(10_000),
  GetImageSize: (hands: NumberHands, slot: number) => {
    const { widest } = hands
    if (slot === 2) return between(0, widest.count)
    return between(0, Math.ceil(sideOf(widest, slot === 0 ? 'width' : 'height')))
  },
  GetVideoComponents: upTo(1_000),
  ColorToRGBInt: upTo(2 ** 24),
  ResolutionSelector: (hands: NumberHands) => {
    // The longest of its shapes is 21:9; the product of both sides is what counts, so that each gets the root of it.
    const pixels = hands.most('megapixels', 16) * 1024 * 1024
    return between(0, Math.ceil(Math.sqrt(pixels * (21 / 9))) + hands.most('multiple', 8))
  },
  ComfyMathExpression: (hands: NumberHands, slot: number) => {
    const result = expressionOf(hands)
    if (typeof result === 'string') return anything
    return slot === 1 ? widen(result) : result
  },
} satisfies Record<string, NumberRule>)

/** The verdict on the expression of a ComfyMathExpression with the numbers that are connected to it. */
export function expressionOf(hands: NumberHands): ReturnType<typeof boundExpression> {
  const text = hands.text('expression')
  if (text === undefined) return 'unreadable'
  const known = (name: string): Interval => hands.number(`values.${name}`) ?? anyInteger
  const names = hands.fields.filter((name) => name.startsWith('values.')).map((name) => name.slice('values.'.length))
  return boundExpression(text, (name) => (name === 'values' ? names.map(known).reduce(union, exactly(0)) : known(name)))
}

// A number of a class that nobody knows: sizes of a picture, or one of the numbers it was given.
function guess(hands: NumberHands): Interval {
  const given = hands.fields.flatMap((name) => hands.number(name) ?? [])
  return given.filter((number) => Number.isFinite(number.high)).reduce(union, between(0, 2_048))
}

/** The number that Python's int() and float() make of a text; undefined for everything but plain decimals. */
export function parsePlainNumber(text: string): Interval | undefined {
  if (!/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(text)) return undefined
  return exactly(Number(text))
}
