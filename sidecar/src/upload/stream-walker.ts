/** How is a file looked through while it streams by? A walker says what it wants of it next: to look at bytes, or to leave them out. */

/** Look at so many bytes, with `peek` without using them up; leave so many out; leave out all that stands before a mark. */
export type Wish =
  | { readonly take: number }
  | { readonly peek: number }
  | { readonly skip: number }
  | { readonly find: Mark }

export interface Mark {
  readonly bytes: number
  /** Where it begins; -1 where it is not. */
  in(part: Buffer): number
}

/** Gets the bytes it wished to look at, else none; ends when it has seen enough. */
export type Walker = Generator<Wish, void, Buffer>
/** A part of a walker. */
export type Walk<T> = Generator<Wish, T, Buffer>

export interface StreamReader {
  push(chunk: Buffer): void
}

const nothing = Buffer.alloc(0)

/** A mark that is always the same bytes. */
export function exactMark(mark: Buffer): Mark {
  return { bytes: mark.length, in: (part) => part.indexOf(mark) }
}

/** Leads a walker over the chunks of a file; an error of the walker ends it, and is thrown by `push`. */
export function createStreamReader(walker: Walker): StreamReader {
  let wish: Wish | undefined = walker.next(nothing).value ?? undefined
  let held: Buffer = nothing
  return {
    push: (chunk) => {
      if (wish === undefined) return
      let rest = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      while (wish !== undefined) {
        const step = grant(wish, rest)
        rest = step.rest
        if (step.given === undefined) {
          wish = step.wish
          break
        }
        wish = walker.next(step.given).value ?? undefined
      }
      // At most one header that a chunk has cut in two.
      held = wish === undefined || rest.length === 0 ? nothing : Buffer.from(rest)
    },
  }
}

interface Step {
  readonly rest: Buffer
  /** What the walker gets; undefined where more of the file is needed. */
  readonly given?: Buffer
  /** What of the wish is left then. */
  readonly wish: Wish
}

function grant(wish: Wish, rest: Buffer): Step {
  if ('skip' in wish) {
    const left = wish.skip - rest.length
    return left > 0
      ? { rest: nothing, wish: { skip: left } }
      : { rest: rest.subarray(Math.max(0, wish.skip)), given: nothing, wish }
  }
  if ('find' in wish) {
    const at = wish.find.in(rest)
    return at === -1
      ? { rest: rest.subarray(Math.max(0, rest.length - wish.find.bytes + 1)), wish }
      : { rest: rest.subarray(at), given: nothing, wish }
  }
  const wanted = 'take' in wish ? wish.take : wish.peek
  if (rest.length < wanted) return { rest, wish }
  return { rest: 'take' in wish ? rest.subarray(wanted) : rest, given: rest.subarray(0, wanted), wish }
}
