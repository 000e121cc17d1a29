/** Are these answers lists of sessions and keys? Entries that are not what the contract says are left out. */
import type { ApiKeyCreated, ApiKeySummary, SessionSummary } from '@gatehouse/shared/credentials-contract'
import { type Fields, parseFields } from '@gatehouse/shared/parse-fields'
import { parsePermission } from '@gatehouse/shared/roles'
import { parseEntries } from '../parse-entries.ts'

export function parseSessions(value: unknown): readonly SessionSummary[] {
  return parseEntries(value, (entry) => {
    const { id, createdAt, lastSeenAt, expiresAt, current, userAgent, address, method, impersonator } = entry
    if (typeof id !== 'string' || typeof createdAt !== 'string' || typeof lastSeenAt !== 'string') return undefined
    return {
      id,
      createdAt,
      lastSeenAt,
      expiresAt: typeof expiresAt === 'string' ? expiresAt : '',
      current: current === true,
      userAgent: typeof userAgent === 'string' ? userAgent : '',
      address: typeof address === 'string' ? address : '',
      method: typeof method === 'string' ? method : '',
      ...(typeof impersonator === 'string' ? { impersonator } : {}),
    }
  })
}

export function parseKeys(value: unknown): readonly ApiKeySummary[] {
  return parseEntries(value, parseKey)
}

export function parseCreatedKey(value: unknown): ApiKeyCreated | undefined {
  const fields = parseFields(value)
  const summary = parseKey(fields)
  return summary !== undefined && typeof fields.key === 'string' ? { ...summary, key: fields.key } : undefined
}

function parseKey(entry: Fields): ApiKeySummary | undefined {
  const { id, label, createdAt, expiresAt, lastUsedAt, lastUsedAddress, scopes, addresses, workflow } = entry
  if (typeof id !== 'string' || typeof label !== 'string' || typeof createdAt !== 'string') return undefined
  return {
    ...{ id, label, createdAt, expiresAt: parseText(expiresAt), lastUsedAt: parseText(lastUsedAt) },
    lastUsedAddress: parseText(lastUsedAddress),
    scopes: parseTexts(scopes)?.flatMap((name) => parsePermission(name) ?? []) ?? null,
    addresses: parseTexts(addresses),
    workflow: parseText(workflow),
  }
}

function parseTexts(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : null
}

function parseText(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
