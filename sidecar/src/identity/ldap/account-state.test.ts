import { describe, expect, it } from 'vitest'
import { isDisabled, isLocked } from './account-state.ts'

const now = Date.UTC(2026, 10, 21)

describe('an account of a directory', () => {
  it.each([
    ['Active Directory says it is disabled', { useraccountcontrol: ['514'] }],
    ['Active Directory says it is locked out', { useraccountcontrol: ['528'] }],
    ['389 Directory Server says it is locked', { nsaccountlock: ['TRUE'] }],
    ['OpenLDAP says it is locked', { pwdaccountlockedtime: ['000001010000Z'] }],
    ['OpenLDAP 2.5 says it is disabled', { pwdaccountdisabled: ['TRUE'] }],
    ['eDirectory says it is disabled', { logindisabled: ['TRUE'] }],
    ['its shadow entry is over', { shadowexpire: ['1'] }],
  ])('may not log in where %s', (_what, entry) => {
    expect(isLocked(entry, now)).toBe(true)
  })

  it.each([
    ['Active Directory says it is locked out', { useraccountcontrol: ['528'] }],
    ['OpenLDAP says it is locked for a while', { pwdaccountlockedtime: ['20261121101112Z'] }],
  ])('may not log in, and is somebody all the same, where %s after wrong passwords', (_what, entry) => {
    expect([isLocked(entry, now), isDisabled(entry, now)]).toEqual([true, false])
  })

  it.each([
    ['Active Directory says it is disabled', { useraccountcontrol: ['514'] }],
    ['OpenLDAP says it is locked for good', { pwdaccountlockedtime: ['000001010000Z'] }],
    ['its shadow entry is over', { shadowexpire: ['1'] }],
  ])('is nobody any more where %s', (_what, entry) => {
    expect(isDisabled(entry, now)).toBe(true)
  })

  it.each([
    ['nothing is said', {}],
    ['Active Directory calls it normal', { useraccountcontrol: ['512'] }],
    ['nothing is locked', { nsaccountlock: ['false'], logindisabled: ['FALSE'] }],
    ['it never ends', { shadowexpire: ['-1'] }],
    ['it ends in 2050', { shadowexpire: ['29220'] }],
  ])('may log in where %s', (_what, entry) => {
    expect(isLocked(entry, now)).toBe(false)
  })
})
