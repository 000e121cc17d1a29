import { beforeEach, describe, expect, it } from 'vitest'
import type { AuditEntry } from '../audit/audit.ts'
import { loadConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { createLiveConfig, type LiveConfig } from '../config/live-config.ts'
import { configSchema } from '../config/schema.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import { type AddressGate, createAddressGate } from './address-lists.ts'

let live: LiveConfig
let gate: AddressGate
let audited: AuditEntry[]
let nowMs: number
beforeEach(() => {
  live = createLiveConfig(loadConfig(readEnvironment({})))
  audited = []
  nowMs = 1_800_000_000_000
  gate = createAddressGate({ live, audit: { record: (entry) => audited.push(entry) }, now: () => nowMs })
})

const set = (part: object) => live.replace({ ...live.current(), ...part })
const network = (lists: object) => set({ network: { ...live.current().network, ...lists } })

const refused = (act: () => void) => {
  try {
    act()
    return undefined
  } catch (error) {
    return error instanceof GatehouseError ? error.code : error
  }
}

describe('the lists of addresses', () => {
  it('let everybody in where there are none', () => {
    for (const address of ['203.0.113.9', '::1', '']) expect(gate.mayCome(address, 'owner')).toBe(true)
  })

  it('deny before they allow', () => {
    network({ allow: ['10.0.0.0/8'], deny: ['10.1.0.0/16'] })
    expect(gate.mayCome('10.2.0.1')).toBe(true)
    expect(gate.mayCome('::ffff:10.2.0.1')).toBe(true)
    expect(gate.mayCome('10.1.0.1')).toBe(false)
    expect(gate.mayCome('::ffff:10.1.0.1')).toBe(false)
    expect(gate.mayCome('192.0.2.1')).toBe(false)
  })

  it('let nobody without an address past an allow list', () => {
    network({ allow: ['0.0.0.0/0', '::/0'] })
    expect(gate.mayCome('')).toBe(false)
    expect(gate.mayCome('203.0.113.9')).toBe(true)
  })

  it('of a role hold for that role, beside those for everybody', () => {
    set({ roles: { admin: { limits: {}, addresses: { allow: ['10.0.0.0/8'], deny: ['10.9.0.0/16'] } } } })
    expect(gate.mayCome('203.0.113.9', 'user')).toBe(true)
    expect(gate.mayCome('203.0.113.9', 'admin')).toBe(false)
    expect(gate.mayCome('10.0.0.1', 'admin')).toBe(true)
    expect(gate.mayCome('10.9.0.1', 'admin')).toBe(false)
    network({ deny: ['10.0.0.1'] })
    expect(gate.mayCome('10.0.0.1', 'admin')).toBe(false)
  })

  it('are obeyed as soon as they change', () => {
    expect(refused(() => gate.admit('203.0.113.9'))).toBeUndefined()
    network({ deny: ['203.0.113.0/24'] })
    expect(refused(() => gate.admit('203.0.113.9'))).toBe('address_refused')
    network({ deny: [] })
    expect(refused(() => gate.admit('203.0.113.9'))).toBeUndefined()
  })

  it('note a refused address once a minute, however often it comes', () => {
    network({ deny: ['203.0.113.0/24', '2001:db8::/32'] })
    for (let index = 0; index < 50; index += 1) refused(() => gate.admit('203.0.113.9'))
    for (let index = 0; index < 50; index += 1) refused(() => gate.admit(`2001:db8::${index + 1}`))
    expect(audited).toEqual([
      { kind: 'address.refused', address: '203.0.113.9', target: 'network' },
      { kind: 'address.refused', address: '2001:db8::1', target: 'network' },
    ])
    nowMs += 60_000
    refused(() => gate.admit('203.0.113.9'))
    expect(audited).toHaveLength(3)
  })

  it('of a credential are noted by its name', () => {
    expect(refused(() => gate.admitCredential('10.0.0.1', ['10.0.0.0/8'], 'key x'))).toBeUndefined()
    expect(refused(() => gate.admitCredential('11.0.0.1', ['10.0.0.0/8'], 'key x'))).toBe('address_refused')
    expect(refused(() => gate.admitCredential('10.0.0.1', [], 'key x'))).toBe('address_refused')
    expect(audited).toMatchObject([{ target: 'key x' }, { address: '10.0.0.1', target: 'key x' }])
  })
})

describe('the configuration of addresses', () => {
  it.each([
    [{ trusted_proxies: ['10.0.0.1/8'] }, /trusted_proxies\.0: 10\.0\.0\.1\/8 has bits set.*write 10\.0\.0\.0\/8/],
    [{ trusted_proxies: ['0.0.0.0/0'] }, /is everybody/],
    [{ trusted_proxies: ['::/0'] }, /is everybody/],
    [{ trusted_proxies: ['loopback'] }, /is no address/],
    [{ deny: ['203.0.113.9/33'] }, /deny\.0: .*is no address/],
    [{ allow: [] }, /lets nobody in/],
    [{ forwarded_header: 'x-real-ip' }, /forwarded_header/],
  ])('%j is refused with the cure', (section, sentence) => {
    const { error } = configSchema.safeParse({ network: section })
    const told = error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n')
    expect(told).toMatch(sentence)
  })

  it('may deny everybody, and takes addresses of both families', () => {
    const network = { allow: ['10.0.0.0/8', '2001:db8::1'], deny: ['0.0.0.0/0', '::/0'] }
    expect(configSchema.safeParse({ network, roles: { user: { addresses: network } } }).error).toBeUndefined()
  })
})
