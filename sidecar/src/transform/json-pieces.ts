/** How is a long JSON text parsed without keeping anybody waiting? Members in pieces, put together as they are read. */
import { GatehouseError } from '../gatehouse-error.ts'
import { type Parsed, type ParsedObject, parseMarked, parseStrict } from './marked-json.ts'
import { longestNumber, type NumberSpan, type ScanListener } from './scan-json.ts'

export interface PiecesOptions {
  readonly notANumber: 'refuse' | 'null'
  /** A document's size in memory, where it is a client's: a list of two bytes takes thirty. */
  readonly limits?: ValueLimits
  /** UTF-16 units, about, that are parsed in one step. */
  readonly pieceLength?: number
}

export interface ValueLimits {
  /** Lists, objects and numbers kept as text, in the whole document. */
  readonly values: number
  /** Of one list; growing a longer one takes long. */
  readonly entries: number
  /** Of one object; the same. */
  readonly members: number
}

export interface JsonPieces extends ScanListener {
  /** After the whole text was heard. @throws bad_json */
  value(): Parsed
}

/** About 3 ms of parsing. */
const defaultPieceLength = 65_536

/** A list or object that is open. */
interface Level {
  readonly openAt: number
  /** Where the members begin that are in no piece yet. */
  pieceAt: number
  memberAt: number
  /** Itself, once a part of it was parsed. */
  whole: Whole | undefined
  /** The name of the member that is being read in pieces; undefined while none is. */
  childName: string | undefined
  /** Such a member is complete, and a comma or the end has to follow. */
  isAfterChild: boolean
  /** How many members the whole was given. */
  count: number
}

type Whole = Parsed[] | ParsedObject

/** Hears of `text`; what is open where it turns out to be long is put together in pieces. */
export function createJsonPieces(text: string, options: PiecesOptions): JsonPieces {
  const pieceLength = options.pieceLength ?? defaultPieceLength
  const levels: Level[] = []
  const odd = createOddNumbers(options)
  let root: { readonly value: Parsed; readonly end: number } | undefined
  // Nothing behind it was parsed: so much a step has to do, wherever it is nested.
  let unparsedAt = 0

  const parse = (from: number, to: number, brackets: string): Parsed => {
    const [before = '', after = ''] = brackets
    return parseMarked(before + text.slice(from, to) + after, odd.take(to, before.length - from))
  }

  const requireBlank = (from: number, to: number): void => {
    if (!/^[ \t\n\r]*$/.test(text.slice(from, to))) throw malformed()
  }

  const wholeOf = (level: Level): Whole => {
    level.whole ??= text[level.openAt] === '[' ? [] : {}
    return level.whole
  }

  const takePiece = (level: Level, to: number): void => {
    const whole = wholeOf(level)
    const count = append(whole, parse(level.pieceAt, to, Array.isArray(whole) ? '[]' : '{}'))
    // Between two commas, or a comma and the end, there has to be a member.
    if (count === 0) throw malformed()
    grow(level, count)
  }

  const grow = (level: Level, count: number): void => {
    level.count += count
    const most = Array.isArray(level.whole) ? options.limits?.entries : options.limits?.members
    if (most !== undefined && level.count > most) throw new GatehouseError('json_too_large')
  }

  const enterChild = (level: Level, childAt: number): void => {
    if (level.isAfterChild) throw malformed()
    if (level.memberAt > level.pieceAt) takePiece(level, level.memberAt - 1)
    const isList = Array.isArray(wholeOf(level))
    if (isList) requireBlank(level.memberAt, childAt)
    level.childName = isList ? '' : nameIn(text.slice(level.memberAt, childAt))
  }

  /** What is around it as well; the outermost first, so that odd numbers are met in their order. */
  const takeFromOutside = (level: Level, to: number): void => {
    if (level.whole === undefined) {
      const first = levels.findIndex(({ childName }) => childName === undefined)
      for (let outer = first; outer < levels.length - 1; outer++) {
        const [around, child] = [levels[outer], levels[outer + 1]]
        if (around !== undefined && child !== undefined) enterChild(around, child.openAt)
      }
    }
    takePiece(level, to)
  }

  const finish = ({ openAt }: Level, whole: Whole, at: number): void => {
    if (text[at] !== (Array.isArray(whole) ? ']' : '}')) throw malformed()
    unparsedAt = at + 1
    const parent = levels.at(-1)
    if (parent === undefined) {
      requireBlank(0, openAt)
      root = { value: whole, end: at + 1 }
    } else {
      define(wholeOf(parent), parent.childName ?? '', whole)
      grow(parent, 1)
      parent.childName = undefined
      parent.isAfterChild = true
      parent.pieceAt = at + 1
    }
  }

  return {
    opened: (at) => {
      if (root !== undefined) throw malformed()
      odd.count()
      levels.push(levelAt(at))
    },
    comma: (at) => {
      const level = levels.at(-1)
      if (level === undefined) return false
      level.memberAt = at + 1
      const isLong = !level.isAfterChild && at - unparsedAt >= pieceLength
      if (level.isAfterChild) requireBlank(level.pieceAt, at)
      else if (isLong) takeFromOutside(level, at)
      else return false
      level.isAfterChild = false
      level.pieceAt = at + 1
      unparsedAt = at + 1
      return isLong
    },
    closed: (at) => {
      const level = levels.at(-1)
      if (level?.isAfterChild === true) requireBlank(level.pieceAt, at)
      else if (level?.whole !== undefined) takePiece(level, at)
      levels.pop()
      if (level?.whole === undefined) return false
      finish(level, level.whole, at)
      return true
    },
    odd: odd.add,
    value: () => {
      if (levels.length > 0) throw malformed()
      if (root === undefined) return parse(0, text.length, '')
      requireBlank(root.end, text.length)
      return root.value
    },
  }
}

/** Those that were met and are in no piece yet, and how many values there were. */
function createOddNumbers({ notANumber, limits }: PiecesOptions) {
  let waiting: NumberSpan[] = []
  let values = 0
  const count = (): void => {
    values += 1
    if (limits !== undefined && values > limits.values) throw new GatehouseError('json_too_large')
  }
  return {
    count,
    add: (span: NumberSpan): void => {
      if (!span.isNumber && notANumber === 'refuse') throw new GatehouseError('bad_json', { detail: 'NaN or Infinity' })
      if (span.end - span.start > longestNumber)
        throw new GatehouseError('bad_json', { detail: 'a number is too long' })
      count()
      waiting.push(span)
    },
    /** Those before `to`, their places moved by `shift`. */
    take: (to: number, shift: number): readonly NumberSpan[] => {
      const behind = waiting.findIndex(({ start }) => start >= to)
      const taken = behind === -1 ? waiting : waiting.slice(0, behind)
      waiting = behind === -1 ? [] : waiting.slice(behind)
      return taken.map(({ start, end, isNumber }) => ({ start: start + shift, end: end + shift, isNumber }))
    },
  }
}

function levelAt(openAt: number): Level {
  const from = openAt + 1
  return {
    openAt,
    pieceAt: from,
    memberAt: from,
    whole: undefined,
    childName: undefined,
    isAfterChild: false,
    count: 0,
  }
}

function malformed(): GatehouseError {
  return new GatehouseError('bad_json')
}

/** The name before a member's value, with its colon. */
function nameIn(text: string): string {
  const end = text.lastIndexOf(':')
  const isName = end !== -1 && /^[ \t\n\r]*$/.test(text.slice(end + 1))
  const name = isName ? parseStrict(text.slice(0, end)) : undefined
  if (typeof name !== 'string') throw malformed()
  return name
}

/** How many members were appended. */
function append(whole: Whole, piece: Parsed): number {
  if (typeof piece !== 'object' || piece === null || JSON.isRawJSON(piece)) throw malformed()
  if (Array.isArray(piece)) {
    for (const value of piece) define(whole, '', value)
    return piece.length
  }
  const members = Object.entries(piece)
  for (const [name, value] of members) define(whole, name, value)
  return members.length
}

/** Writing to `__proto__` would set the prototype; here it is an ordinary name. */
function define(whole: Whole, name: string, value: Parsed): void {
  if (Array.isArray(whole)) whole.push(value)
  else if (name !== '__proto__') whole[name] = value
  else Object.defineProperty(whole, name, { value, enumerable: true, configurable: true, writable: true })
}
