/** How does the browser make and use a passkey? It asks its owner, between two calls of the own API. */
import {
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
  WebAuthnError,
} from '@simplewebauthn/browser'
import type { Outcome, OwnApi } from './own-api-client.ts'

/** Whether this page could: browsers have none for plain http, nor for a bare address. */
export function mayUsePasskeys(): boolean {
  const isAddress = /^[\d.]+$|^\[/.test(location.hostname)
  return window.isSecureContext && !isAddress && browserSupportsWebAuthn()
}

export type PasskeyOutcome =
  | { readonly ok: true; readonly passkey: object }
  | { readonly ok: false; readonly message: string }

/** `login`: the passkey alone; `confirm`: beside a password or a session. */
export type PasskeyPurpose = 'login' | 'confirm'

export async function usePasskeyOf(api: OwnApi, purpose: PasskeyPurpose): Promise<PasskeyOutcome> {
  const options = await api.call('POST', '/passkey/options', { purpose })
  return withOptions(options, (value) => startAuthentication({ optionsJSON: parseRequest(value) }))
}

export async function makePasskey(api: OwnApi): Promise<PasskeyOutcome> {
  const options = await api.call('POST', '/factors/passkey/options', {})
  return withOptions(options, (value) => startRegistration({ optionsJSON: parseCreation(value) }))
}

async function withOptions(options: Outcome, ask: (value: unknown) => Promise<object>): Promise<PasskeyOutcome> {
  if (!options.ok) return { ok: false, message: options.message }
  try {
    return { ok: true, passkey: await ask(options.value) }
  } catch (error) {
    return { ok: false, message: sentenceFor(error) }
  }
}

function sentenceFor(error: unknown): string {
  if (error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED') {
    return 'This device has a passkey for your account already.'
  }
  return 'No passkey was used: the browser has none for this site, or the question was dismissed.'
}

function parseRequest(value: unknown): PublicKeyCredentialRequestOptionsJSON {
  return value as PublicKeyCredentialRequestOptionsJSON
}

function parseCreation(value: unknown): PublicKeyCredentialCreationOptionsJSON {
  return value as PublicKeyCredentialCreationOptionsJSON
}
