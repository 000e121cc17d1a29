import { expect, it } from 'vitest'
import { leaveLabel } from './account-panel.ts'

it('offers a guest to sign in, and everybody else to sign out', () => {
  expect(leaveLabel({ guest: true })).toEqual(['Sign in', 'pi pi-sign-in'])
  expect(leaveLabel({})).toEqual(['Sign out', 'pi pi-sign-out'])
})
