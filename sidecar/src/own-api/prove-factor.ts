/** Did somebody whose password is right prove their second factor, too? Every refusal is written down. */
import type { Request } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { signedShape } from '../identity/passkey-data.ts'
import { findPasskeySite, type PasskeySite, requirePasskeySite } from '../identity/passkey-site.ts'
import type { Member, SecondFactorKind } from '../store/store.ts'
import { noteStranger } from './audited.ts'
import type { OwnApiContext } from './context.ts'

/** What a body may hold beside a password. */
export const factorFields = { code: z.string().min(1).max(128).optional(), passkey: signedShape.optional() }

const factorShape = z.object(factorFields)
type FactorFields = z.infer<typeof factorShape>

/** Null where none is asked for. @throws second_factor_needed, bad_credentials, too_many_attempts, passkeys_unavailable */
export async function proveFactor(
  context: OwnApiContext,
  request: Request,
  member: Pick<Member, 'id' | 'name'>,
  { code, passkey: response }: FactorFields,
): Promise<SecondFactorKind | null> {
  const { knownBrowser, secondFactor } = context.identity
  const whence = {
    address: context.clientAddress(request),
    browser: knownBrowser.read(request.headers.cookie, member.id),
  }
  const passkey = response === undefined ? undefined : { response, site: siteOf(context, request) }
  try {
    return await secondFactor.check(member, { code, passkey }, whence)
  } catch (error) {
    if (error instanceof GatehouseError && error.status < 500) {
      noteStranger(context, request, { kind: 'factor.refused', target: member.name, detail: { reason: error.code } })
    }
    throw error
  }
}

/** @throws passkeys_unavailable */
export function siteOf({ publicUrl, publicScheme }: OwnApiContext, request: Request): PasskeySite {
  return requirePasskeySite({ publicUrl: publicUrl(), publicScheme, host: request.get('host') })
}

export function hasSite({ publicUrl, publicScheme }: OwnApiContext, request: Request): boolean {
  return findPasskeySite({ publicUrl: publicUrl(), publicScheme, host: request.get('host') }) !== undefined
}
