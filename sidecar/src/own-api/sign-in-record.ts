/** What does a session remember of the log-in that opened it? */
import type { ApiKeyId, UserId } from '@gatehouse/shared/ids'
import { z } from 'zod'

export interface SignInRecord {
  readonly userId: UserId
  readonly remember: boolean
  readonly address: string
  readonly userAgent: string
  readonly apiKeyId: ApiKeyId | null
  /** The absolute limit. */
  readonly expiresAtMs: number
}

const shape = z.object({
  userId: z.string(),
  remember: z.boolean(),
  address: z.string(),
  userAgent: z.string(),
  apiKeyId: z.string().nullable(),
  expiresAtMs: z.number(),
})

/** Undefined for a session that nobody has signed in to. */
export function parseSignInRecord(value: unknown): SignInRecord | undefined {
  const parsed = shape.safeParse(value)
  return parsed.success ? (parsed.data as SignInRecord) : undefined
}
