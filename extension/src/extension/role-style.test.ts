import { rolePermissions } from '@gatehouse/shared/roles'
import { describe, expect, it } from 'vitest'
import { hidingRules } from './role-style.ts'

describe('hidingRules', () => {
  it('hides nothing from an owner', () => {
    expect(hidingRules([...rolePermissions.owner])).toBe('')
  })

  it('hides the Manager from a user, who may run prompts', () => {
    const rules = hidingRules([...rolePermissions.user])
    expect(rules).toContain('ComfyUI Manager')
    expect(rules).not.toContain('queue-button')
  })

  it('hides the Run button from a guest', () => {
    expect(hidingRules([...rolePermissions.guest])).toContain('[data-testid="queue-button"]')
  })

  it.each([
    ['workflow:save', '[role="menuitem"][aria-label="Save As"]'],
    ['workflow:delete', '[role="menuitem"][aria-label="Delete"]'],
    ['graph:edit', '[aria-label="Create a new blank workflow"]'],
    ['settings:write', '.comfy-settings-btn'],
    ['models:read', 'nav button[aria-label^="Model Library"]'],
  ])('without %s hides %s, and nothing else of the kind', (gone, selector) => {
    const user = [...rolePermissions.user]
    expect(hidingRules(user)).not.toContain(selector)
    expect(hidingRules(user.filter((permission) => permission !== gone))).toContain(selector)
  })
})
