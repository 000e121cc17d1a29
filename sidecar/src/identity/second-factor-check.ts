/** Was the second factor of this person proven? A code of their app, a recovery code or a passkey, each good once. */
import { GatehouseError } from '../gatehouse-error.ts'
import type { FactorKind, FactorRecord, SecondFactors } from '../store/second-factors.ts'
import type { Member, SecondFactorKind } from '../store/store.ts'
import type { Backoff } from './backoff.ts'
import { stepOfCode } from './one-time-code.ts'
import type { Passkeys } from './passkeys.ts'
import { parseRecoveryCode, recoveryCodeHash } from './recovery-codes.ts'
import type { GivenFactor, SecondFactor } from './second-factor.ts'

export interface SecondFactorDependencies {
  readonly secondFactors: SecondFactors
  readonly passkeys: Pick<Passkeys, 'prove'>
  /** Of its own: a right password takes no wrong code back. */
  readonly backoff: Backoff
  readonly now: () => number
}

export function createSecondFactorCheck(dependencies: SecondFactorDependencies): SecondFactor {
  const { secondFactors, backoff } = dependencies
  return {
    check: async (member, given, { address, browser }) => {
      const factors = await secondFactors.list(member.id)
      if (factors.length === 0) return null
      const isGiven = given.code !== undefined || given.passkey !== undefined
      if (!isGiven) throw neededOf(factors)
      // Whoever gets here knows the password, so that nobody else can make the owner wait.
      const attempt = { account: member.id, address, isKnownAddress: false, browser }
      await backoff.begin(attempt)
      const proven = await prove(dependencies, member, factors, given)
      if (proven === undefined) {
        throw new GatehouseError('bad_credentials', {
          message: 'The code or passkey is not right, or was used before.',
        })
      }
      await backoff.succeed(attempt)
      return proven
    },
  }
}

function neededOf(factors: readonly FactorRecord[]): GatehouseError {
  const kinds: readonly FactorKind[] = [...new Set(factors.map(({ kind }) => kind))]
  return new GatehouseError('second_factor_needed', { factors: kinds })
}

async function prove(
  dependencies: SecondFactorDependencies,
  { id }: Pick<Member, 'id'>,
  factors: readonly FactorRecord[],
  { code, passkey }: GivenFactor,
): Promise<SecondFactorKind | undefined> {
  if (code !== undefined) return proveCode(dependencies, factors, code, id)
  const signed = passkey === undefined ? undefined : await dependencies.passkeys.prove('confirm', passkey)
  return signed?.userId === id ? 'passkey' : undefined
}

async function proveCode(
  { secondFactors, now }: SecondFactorDependencies,
  factors: readonly FactorRecord[],
  code: string,
  userId: Member['id'],
): Promise<SecondFactorKind | undefined> {
  for (const { id, kind, data, counter } of factors) {
    const step = kind === 'totp' ? stepOfCode(code, data, { nowMs: now(), after: counter }) : undefined
    // Noted in one statement: of two requests with the same code one is too late.
    if (step !== undefined) return (await secondFactors.use(id, step, now())) ? 'totp' : undefined
  }
  const recovery = parseRecoveryCode(code)
  if (recovery === undefined) return undefined
  const isRight = await secondFactors.useRecoveryCode(userId, recoveryCodeHash(userId, recovery))
  return isRight ? 'recovery-code' : undefined
}
