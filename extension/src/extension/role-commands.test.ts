import { rolePermissions } from '@gatehouse/shared/roles'
import { describe, expect, it } from 'vitest'
import { lockCanvas, refusalOf, withoutUploads } from './role-commands.ts'

const user = [...rolePermissions.user]
const without = (gone: string) => user.filter((permission) => permission !== gone)

describe('a command', () => {
  it('goes on for those who may', () => {
    for (const command of ['Comfy.SaveWorkflow', 'Comfy.QueuePrompt', 'Comfy.Canvas.Unlock'])
      expect(refusalOf(command, user)).toBeUndefined()
  })

  it.each([
    ['workflow:save', 'Comfy.SaveWorkflowAs', 'save'],
    ['workflow:delete', 'Comfy.RenameWorkflow', 'rename'],
    ['prompt:run', 'Comfy.QueuePrompt', 'run'],
    ['graph:edit', 'Comfy.Canvas.Unlock', 'published workflows'],
    ['settings:write', 'Comfy.ShowSettingsDialog', 'settings'],
  ])('says why not without %s', (permission, command, word) => {
    expect(refusalOf(command, without(permission))).toContain(word)
    expect(refusalOf('Comfy.Help.AboutComfyUI', without(permission))).toBeUndefined()
  })
})

it('a locked canvas stays locked, whatever the page sets', () => {
  const canvas = { read_only: false, state: { readOnly: false } }
  lockCanvas({ canvas, registerExtension: () => undefined, extensionManager: nobodys() })
  canvas.read_only = false
  canvas.state.readOnly = false
  expect([canvas.read_only, canvas.state.readOnly]).toEqual([true, true])
})

it('a definition without uploads keeps its list of files', () => {
  const definition = {
    input: { required: { image: [['a.png'], { image_upload: true, tooltip: 'x' }], seed: ['INT', {}] } },
  }
  withoutUploads(definition)
  expect(definition.input.required.image).toEqual([['a.png'], { image_upload: false, tooltip: 'x' }])
})

function nobodys() {
  return {
    registerSidebarTab: () => undefined,
    command: { execute: () => undefined },
    toast: { add: () => undefined },
    dialog: { confirm: async () => null },
    workflow: {},
  }
}
