/** What does a session remember of the log-in that opened it? */
import type { ApiKeyId, UserId } from '@gatehouse/shared/ids'
import { z } from 'zod'
import type { SecondFactorKind, SignInMethod } from '../store/store.ts'

export interface SignInRecord {
  readonly userId: UserId
  /** The log-in that it goes on from; null: it is one of its own. */
  readonly login: string | null
  readonly remember: boolean
  readonly address: string
  readonly userAgent: string
  readonly apiKeyId: ApiKeyId | null
  /** The absolute limit. */
  readonly expiresAtMs: number
  readonly method: SignInMethod
  readonly provenAtMs: number
  readonly factor: SecondFactorKind | null
  readonly issuer: string | null
  readonly issuerSession: string | null
  readonly impersonatorId: UserId | null
}

const shape = z.object({
  userId: z.string(),
  login: z.string().nullable(),
  remember: z.boolean(),
  address: z.string(),
  userAgent: z.string(),
  apiKeyId: z.string().nullable(),
  expiresAtMs: z.number(),
  method: z.string(),
  provenAtMs: z.number(),
  factor: z.string().nullable(),
  issuer: z.string().nullable(),
  issuerSession: z.string().nullable(),
  impersonatorId: z.string().nullable(),
})

/** Undefined for a session that nobody has signed in to. */
export function parseSignInRecord(value: unknown): SignInRecord | undefined {
  const parsed = shape.safeParse(value)
  return parsed.success ? (parsed.data as SignInRecord) : undefined
}
