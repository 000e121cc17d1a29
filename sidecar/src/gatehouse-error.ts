/** How does any part of the sidecar refuse? By throwing this, with a code from the closed table. */
import { type ErrorCode, errorCodes } from '@gatehouse/shared/error-codes'

export interface GatehouseErrorOptions {
  readonly cause?: unknown
  /** For the log only. */
  readonly detail?: string
  /** Replaces the table's public sentence; names nothing that the caller may not know. */
  readonly message?: string
  /** With `second_factor_needed`: the kinds that would do. */
  readonly factors?: readonly string[]
  /** Added to the answer, e.g. `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The only error with a public face: status, sentence and cure come from `shared/error-codes.ts`. */
export class GatehouseError extends Error {
  readonly code: ErrorCode
  readonly detail: string | undefined
  readonly factors: readonly string[] | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ErrorCode, options: GatehouseErrorOptions = {}) {
    super(
      options.message ?? errorCodes[code].message,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.name = 'GatehouseError'
    this.code = code
    this.detail = options.detail
    this.factors = options.factors
    this.headers = options.headers ?? {}
  }

  get status(): number {
    return errorCodes[this.code].status
  }
}
