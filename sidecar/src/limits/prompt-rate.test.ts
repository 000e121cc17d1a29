import type { FolderKey, TenantId, UserId } from '@gatehouse/shared/ids'
import type { IdentityMethod, Principal } from '@gatehouse/shared/principal'
import { rolePermissions } from '@gatehouse/shared/roles'
import { beforeEach, describe, expect, it } from 'vitest'
import { createPromptRate, type PromptRate, policyHeader, refusalHeaders } from './prompt-rate.ts'
import type { Rate } from './token-buckets.ts'

let nowMs: number
let rate: Rate
let rates: PromptRate
beforeEach(() => {
  nowMs = 1_000_000
  rate = { perMinute: 10, burst: 5 }
  rates = createPromptRate({ rateOf: () => rate, nowMs: () => nowMs })
})

function person(name: string, method: IdentityMethod = 'api-key', credentialId = 'one'): Principal {
  const userId = name as UserId
  return {
    identity: { userId, method, credentialId, provenAtMs: 0 },
    userId,
    userName: name,
    tenant: { id: 'acme' as TenantId, label: 'acme', folderKey: 'k' as FolderKey },
    role: 'user',
    permissions: rolePermissions.user,
  }
}

/** How many of so many prompts that come at once may be queued. */
function takes(count: number, principal = person('alice')): number {
  return Array.from({ length: count }, () => rates.take(principal)).filter(({ mayPost }) => mayPost).length
}

describe('createPromptRate', () => {
  it('lets a burst through, and one more whenever its time has come', () => {
    expect(takes(50)).toBe(5)
    nowMs += 5_999
    expect(takes(1)).toBe(0)
    nowMs += 1
    expect(takes(2)).toBe(1)
    nowMs += 60_000
    expect(takes(50)).toBe(5)
  })

  it('says how long to wait, and that waiting so long is enough', () => {
    takes(5)
    nowMs += 2_500
    const refused = rates.take(person('alice'))
    expect(refused).toMatchObject({ mayPost: false, leftCount: 0, waitSeconds: 4 })
    nowMs += refused.waitSeconds * 1000
    expect(takes(1)).toBe(1)
  })

  it('does not make those wait longer who try too early', () => {
    takes(5)
    for (let tries = 0; tries < 99; tries += 1) {
      nowMs += 60
      rates.take(person('alice'))
    }
    nowMs += 60
    expect(takes(5)).toBe(1)
  })

  it('counts every key of one person together, the page apart, and others not at all', () => {
    expect(takes(5)).toBe(5)
    expect(takes(5, person('alice', 'api-key', 'another'))).toBe(0)
    expect(takes(5, person('alice', 'static-key'))).toBe(0)
    expect(takes(5, person('alice', 'basic'))).toBe(0)
    expect(takes(5, person('alice', 'session'))).toBe(5)
    expect(takes(5, person('bob'))).toBe(5)
  })

  it('counts what a gateway vouches for with a token with the page, in which its person is', () => {
    const { identity, ...rest } = person('alice', 'jwt')
    expect(takes(5, { ...rest, identity })).toBe(5)
    expect(takes(5, { ...rest, identity: { ...identity, isAmbient: true } })).toBe(5)
    expect(takes(5, person('alice', 'session'))).toBe(0)
  })

  it('follows a rate that changes, up and down', () => {
    expect(takes(10)).toBe(5)
    rate = { perMinute: 600, burst: 100 }
    nowMs += 1_000
    expect(takes(50)).toBe(10)
    nowMs += 60_000
    rate = { perMinute: 10, burst: 2 }
    expect(takes(50)).toBe(2)
  })

  it('gives nothing for a clock that is set back', () => {
    takes(5)
    nowMs -= 3_600_000
    expect(takes(5)).toBe(0)
  })
})

describe('the header fields', () => {
  it('tell the policy, what is left and when there is more', () => {
    expect(policyHeader(rate)).toEqual({ 'ratelimit-policy': '"prompts";q=5;w=30' })
    takes(5)
    expect(refusalHeaders(rates.take(person('alice')))).toEqual({
      'ratelimit-policy': '"prompts";q=5;w=30',
      ratelimit: '"prompts";r=0;t=6',
      'retry-after': '6',
    })
  })
})
