/** Are these answers second factors, a key to show and recovery codes? Entries that are not what the contract says are left out. */
import type { CodeKey, FactorList, FactorSummary } from '@gatehouse/shared/factors-contract'
import { type Fields, parseFields } from '@gatehouse/shared/parse-fields'
import { parseEntries } from './parse-entries.ts'

export function parseFactorList(value: unknown): FactorList {
  const { factors, recoveryCodes, required, passkeys } = parseFields(value)
  return {
    factors: parseEntries(factors, parseFactor),
    recoveryCodes: typeof recoveryCodes === 'number' ? recoveryCodes : 0,
    required: required === true,
    passkeys: passkeys === true,
  }
}

/** Undefined for anything else. */
export function parseCodeKey(value: unknown): CodeKey | undefined {
  const { key, uri } = parseFields(value)
  return typeof key === 'string' && typeof uri === 'string' ? { key, uri } : undefined
}

/** Of the answer that adds a factor, or makes new ones. */
export function parseRecoveryCodes(value: unknown): readonly string[] {
  const { recoveryCodes } = parseFields(value)
  return Array.isArray(recoveryCodes) ? recoveryCodes.filter((code) => typeof code === 'string') : []
}

/** What an answer that adds a factor says of the session that goes on. */
export function parseRenewed(value: unknown): unknown {
  return parseFields(value).me
}

function parseFactor({ id, kind, label, createdAt, lastUsedAt }: Fields): FactorSummary | undefined {
  if (typeof id !== 'string' || (kind !== 'totp' && kind !== 'passkey') || typeof createdAt !== 'string') {
    return undefined
  }
  return {
    ...{ id, kind, createdAt },
    label: typeof label === 'string' ? label : '',
    lastUsedAt: typeof lastUsedAt === 'string' ? lastUsedAt : null,
  }
}
