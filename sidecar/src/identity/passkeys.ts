/** Whose passkey signed this? Options for the browser, and the judgement of what it gives back (WebAuthn 7.1 and 7.2). */
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { GatehouseError } from '../gatehouse-error.ts'
import type { FactorRecord, SecondFactors } from '../store/second-factors.ts'
import type { Member } from '../store/store.ts'
import type { PasskeyChallenges } from './passkey-challenges.ts'
import { type PasskeyData, parsePasskeyData } from './passkey-data.ts'
import type { PasskeySite } from './passkey-site.ts'
import type { GivenPasskey } from './second-factor.ts'

export interface Passkeys {
  /** What a browser asks of any passkey of this site: whose there are is told to nobody. */
  askFor(purpose: AskedFor, site: PasskeySite): Promise<PublicKeyCredentialRequestOptionsJSON>
  /** What a browser makes a new one from. */
  offer(
    member: Pick<Member, 'id' | 'name'>,
    known: readonly FactorRecord[],
    site: PasskeySite,
  ): Promise<PublicKeyCredentialCreationOptionsJSON>
  /** What to keep of a new one. @throws bad_input */
  register(member: Pick<Member, 'id'>, response: RegistrationResponseJSON, site: PasskeySite): Promise<NewPasskey>
  /** The passkey that signed, its use noted; undefined for everything that proves nothing. */
  prove(purpose: AskedFor, given: GivenPasskey): Promise<FactorRecord | undefined>
}

/** Alone, it has to know its owner by a finger or a PIN; beside a password it need not. */
export type AskedFor = 'login' | 'confirm'

export interface NewPasskey {
  readonly credentialId: string
  readonly data: string
  readonly counter: number
}

export interface PasskeyDependencies {
  readonly secondFactors: SecondFactors
  readonly challenges: PasskeyChallenges
  readonly now: () => number
}

/** EdDSA, ES256 and RS256 (RFC 9053): what authenticators have. Named, because the library asks Node for more, which warns. */
const supportedAlgorithmIDs = [-8, -7, -257]
const siteName = 'ComfyUI behind Gatehouse'

export function createPasskeys({ secondFactors, challenges, now }: PasskeyDependencies): Passkeys {
  return {
    askFor: (purpose, { rpId }) =>
      generateAuthenticationOptions({
        rpID: rpId,
        challenge: challenges.mint(purpose),
        allowCredentials: [],
        userVerification: purpose === 'login' ? 'required' : 'preferred',
      }),
    offer: ({ id, name }, known, { rpId }) =>
      generateRegistrationOptions({
        rpName: siteName,
        rpID: rpId,
        userName: name,
        userID: Uint8Array.from(Buffer.from(id)),
        challenge: challenges.mint('register', id),
        attestationType: 'none',
        supportedAlgorithmIDs,
        excludeCredentials: known.flatMap(({ kind, data }) => (kind === 'passkey' ? [parsePasskeyData(data)] : [])),
        // Found without a name: nobody is told whose passkeys there are.
        authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
      }),
    register: async ({ id }, response, site) => {
      let challenge = ''
      const verified = await verifyRegistrationResponse({
        response,
        expectedChallenge: (text) => {
          challenge = text
          return challenges.isOpen(text, 'register', id)
        },
        expectedOrigin: site.origin,
        expectedRPID: site.rpId,
        requireUserVerification: false,
        supportedAlgorithmIDs,
      }).catch(refuse)
      if (!verified.verified || !challenges.use(challenge)) return refuse()
      const { credential } = verified.registrationInfo
      const kept: PasskeyData = {
        id: credential.id,
        publicKey: Buffer.from(credential.publicKey).toString('base64url'),
        rpId: site.rpId,
        transports: credential.transports ?? [],
      }
      return { credentialId: credential.id, data: JSON.stringify(kept), counter: credential.counter }
    },
    prove: async (purpose, { response, site }) => {
      const factor = await secondFactors.findPasskey(response.id)
      if (factor === undefined || !isOwner(factor, response, purpose)) return undefined
      const judged = await judge({ challenges }, factor, purpose, { response, site })
      if (judged === undefined || !challenges.use(judged.challenge)) return undefined
      return (await secondFactors.use(factor.id, judged.counter, now())) ? factor : undefined
    },
  }
}

/** @throws bad_input */
function refuse(cause?: unknown): never {
  throw new GatehouseError('bad_input', { cause, message: 'The passkey was not made as it was asked for. Try again.' })
}

/** A passkey that is asked alone says whose it is (WebAuthn 7.2, step 6). */
function isOwner({ userId }: FactorRecord, { response }: AuthenticationResponseJSON, purpose: AskedFor): boolean {
  if (response.userHandle === undefined) return purpose === 'confirm'
  return Buffer.from(response.userHandle, 'base64url').toString() === userId
}

async function judge(
  { challenges }: Pick<PasskeyDependencies, 'challenges'>,
  { data, counter }: FactorRecord,
  purpose: AskedFor,
  { response, site }: GivenPasskey,
): Promise<{ readonly challenge: string; readonly counter: number } | undefined> {
  const known = parsePasskeyData(data)
  if (known.rpId !== site.rpId) return undefined
  let challenge = ''
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: (text) => {
        challenge = text
        return challenges.isOpen(text, purpose)
      },
      expectedOrigin: site.origin,
      expectedRPID: site.rpId,
      credential: { id: known.id, counter, publicKey: Uint8Array.from(Buffer.from(known.publicKey, 'base64url')) },
      requireUserVerification: purpose === 'login',
    })
    return verified ? { challenge, counter: authenticationInfo.newCounter } : undefined
  } catch {
    return undefined // the library throws for each thing that is not as it was asked for
  }
}
