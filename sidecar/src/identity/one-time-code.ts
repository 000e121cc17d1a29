/** Is this the code that the person's app shows now? RFC 6238 with what every app can: SHA-1, six digits, thirty seconds. */
import { generateSecret, generateURI, verifySync } from 'otplib'

/** One step to either side, for clocks that differ and fingers that are slow. */
const toleranceSeconds = 30
const periodSeconds = 30

/** A new key, 160 bits in base32 (RFC 4226 4 R6). */
export function newCodeKey(): string {
  return generateSecret({ length: 20 })
}

/** What a QR code holds. */
export function codeKeyUri(key: string, userName: string, issuer: string): string {
  return generateURI({ issuer, label: userName, secret: key })
}

/** The time step that the code is of; undefined when it is of none near now, or of one that was used before. */
export function stepOfCode(
  code: string,
  key: string,
  { nowMs, after }: { nowMs: number; after: number },
): number | undefined {
  const digits = code.replaceAll(/\s/g, '')
  if (!/^\d{6}$/.test(digits)) return undefined
  const epoch = Math.floor(nowMs / 1000)
  const result = verifySync({
    secret: key,
    token: digits,
    epoch,
    epochTolerance: toleranceSeconds,
    period: periodSeconds,
  })
  if (!result.valid) return undefined
  const step = Math.floor(epoch / periodSeconds) + ('delta' in result ? Number(result.delta) : 0)
  return step > after ? step : undefined
}
