/** What is kept of a passkey, and what may a browser send of one? */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { z } from 'zod'

export interface PasskeyData {
  /** Of the credential, base64url. */
  readonly id: string
  /** COSE, base64url. */
  readonly publicKey: string
  /** The host it was made for. */
  readonly rpId: string
  readonly transports: string[]
}

const kept = z.object({ id: z.string(), publicKey: z.string(), rpId: z.string(), transports: z.array(z.string()) })

/** @throws for what this sidecar did not write */
export function parsePasskeyData(text: string): PasskeyData {
  return kept.parse(JSON.parse(text))
}

const base64url = z
  .string()
  .max(12_000)
  .regex(/^[A-Za-z0-9_-]*$/)
const credential = {
  id: base64url.min(1),
  rawId: base64url.min(1),
  type: z.literal('public-key'),
  // Never looked at: what a browser's extensions say is not asked for.
  clientExtensionResults: z.unknown().transform(() => ({})),
}

/** What `navigator.credentials.get` gave, as JSON; everything beyond is left out. */
export const signedShape = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: base64url,
      authenticatorData: base64url,
      signature: base64url,
      userHandle: base64url.nullish().transform((handle) => handle ?? undefined),
    }),
  })
  .transform(parseSigned)

/** What `navigator.credentials.create` gave, as JSON. */
export const createdShape = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: base64url,
      attestationObject: base64url,
      transports: z.array(z.string().max(32)).max(8).default([]),
    }),
  })
  .transform(parseCreated)

function parseSigned(value: object): AuthenticationResponseJSON {
  return value as AuthenticationResponseJSON
}

function parseCreated(value: object): RegistrationResponseJSON {
  return value as RegistrationResponseJSON
}
