import { describe, expect, it } from 'vitest'
import type { ExtensionManager, OpenWorkflow } from './comfy-page.ts'
import { askAboutUnsaved, saveAll } from './unsaved-work.ts'

const now = new Date('2026-11-21T10:55:07.123Z')
const saved: OpenWorkflow = {
  path: 'workflows/cat.json',
  filename: 'cat',
  isTemporary: false,
  activeState: { nodes: [1] },
}
const fresh: OpenWorkflow = {
  path: 'workflows/Unsaved Workflow.json',
  filename: 'Unsaved Workflow',
  isTemporary: true,
  activeState: { nodes: [2] },
}

function createApi() {
  const stored: { file: string; content: unknown; overwrite: unknown }[] = []
  const storeUserData = async (file: string, content: unknown, options: object) => {
    stored.push({ file, content, overwrite: Reflect.get(options, 'overwrite') })
  }
  return { stored, api: { storeUserData, addEventListener: () => undefined } }
}

describe('saveAll', () => {
  it('overwrites a graph that has a file and never one that has none', async () => {
    const { api, stored } = createApi()
    await saveAll(api, [saved, fresh], now)
    expect(stored).toEqual([
      { file: 'workflows/cat.json', content: { nodes: [1] }, overwrite: true },
      { file: 'workflows/Unsaved Workflow 2026-11-21T10-55-07 2.json', content: { nodes: [2] }, overwrite: false },
    ])
  })

  it('rejects when the server refuses, so that nobody is signed out of unsaved work', async () => {
    const api = { storeUserData: () => Promise.reject(new Error('507')), addEventListener: () => undefined }
    await expect(saveAll(api, [saved], now)).rejects.toThrow('507')
  })
})

describe('askAboutUnsaved', () => {
  it.each([
    [true, true, 'save'],
    [true, false, 'discard'],
    [true, null, 'stay'],
    [false, true, 'discard'],
    [false, false, 'stay'],
    [false, null, 'stay'],
  ] as const)('with the right to save %s and the answer %s the choice is to %s', async (maySave, answer, choice) => {
    const manager: ExtensionManager = {
      registerSidebarTab: () => undefined,
      command: { execute: () => undefined },
      toast: { add: () => undefined },
      dialog: { confirm: async () => answer },
      workflow: {},
    }
    expect(await askAboutUnsaved(manager, [saved], maySave)).toBe(choice)
  })
})
