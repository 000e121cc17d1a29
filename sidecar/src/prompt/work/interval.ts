/** Between which numbers does a value lie? Interval arithmetic that may be too wide and is never too narrow. */

export interface Interval {
  readonly low: number
  readonly high: number
}

export function exactly(value: number): Interval {
  return { low: value, high: value }
}

export function between(low: number, high: number): Interval {
  return { low, high }
}

/** The interval round some values; NaN, as in infinity minus infinity, stands for everything. */
export function around(...values: readonly number[]): Interval {
  if (values.some(Number.isNaN)) return between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
  return { low: Math.min(...values), high: Math.max(...values) }
}

export function union(a: Interval, b: Interval): Interval {
  return around(a.low, a.high, b.low, b.high)
}

/** The largest absolute value. */
export function magnitude({ low, high }: Interval): number {
  return Math.max(Math.abs(low), Math.abs(high))
}

export function add(a: Interval, b: Interval): Interval {
  return around(a.low + b.low, a.high + b.high)
}

export function negate({ low, high }: Interval): Interval {
  return { low: -high, high: -low }
}

export function multiply(a: Interval, b: Interval): Interval {
  return around(a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high)
}

export function divide(a: Interval, b: Interval): Interval {
  // Division by zero ends the node in an error; what is next to zero can be anything.
  if (b.low <= 0 && b.high >= 0) return between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
  return around(a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high)
}

/** Python's floor and ceil and round move a number by less than one. */
export function widen({ low, high }: Interval): Interval {
  return { low: Math.floor(low), high: Math.ceil(high) }
}

/** Python's `%` has the sign of the divisor. */
export function remainder(a: Interval, b: Interval): Interval {
  const size = magnitude(b)
  return { low: b.low < 0 ? -size : 0, high: b.high > 0 ? Math.min(size, a.low >= 0 ? a.high : size) : 0 }
}

export function power(base: Interval, exponent: Interval): Interval {
  if (exponent.low === exponent.high && base.low >= 0) {
    return around(base.low ** exponent.high, base.high ** exponent.high)
  }
  const [size, most] = [magnitude(base), magnitude(exponent)]
  // A negative exponent of a number next to zero can be anything.
  const reach =
    exponent.low < 0 && base.low < 1 && base.high > -1 ? Number.POSITIVE_INFINITY : Math.max(1, size) ** most
  return { low: base.low < 0 ? -reach : 0, high: reach }
}
