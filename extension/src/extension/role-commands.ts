/** Which commands of the stock UI say that the role may not, in place of failing later? Menus and keys run the same ones. */
import type { Permission } from '@gatehouse/shared/roles'
import type { ComfyApp, Toasts } from './comfy-page.ts'

interface Refused {
  readonly without: Permission
  readonly commands: readonly string[]
  readonly says: string
}

const refused: readonly Refused[] = [
  {
    without: 'workflow:save',
    commands: ['Comfy.SaveWorkflow', 'Comfy.SaveWorkflowAs', 'Comfy.PublishSubgraph'],
    says: 'Your role may not save workflows.',
  },
  { without: 'workflow:delete', commands: ['Comfy.RenameWorkflow'], says: 'Your role may not rename workflows.' },
  {
    without: 'prompt:run',
    commands: ['Comfy.QueuePrompt', 'Comfy.QueuePromptFront', 'Comfy.QueueSelectedOutputNodes', 'Comfy.Interrupt'],
    says: 'Your role may not run workflows.',
  },
  {
    without: 'graph:edit',
    commands: [
      ...['Comfy.NewBlankWorkflow', 'Comfy.ClearWorkflow', 'Comfy.LoadDefaultWorkflow', 'Comfy.OpenWorkflow'],
      ...['Comfy.Canvas.DeleteSelectedItems', 'Comfy.Canvas.ToggleLock', 'Comfy.Canvas.Unlock'],
      ...['Comfy.QueueSelectedOutputNodes', 'Comfy.Graph.ConvertToSubgraph', 'Comfy.Graph.GroupSelectedNodes'],
    ],
    says: 'Your role runs published workflows and may not edit graphs. They are listed in the sidebar.',
  },
  { without: 'settings:write', commands: ['Comfy.ShowSettingsDialog'], says: 'Your role may not change settings.' },
]

/** What a press of a command says; undefined where it may go on. */
export function refusalOf(command: string, permissions: readonly Permission[]): string | undefined {
  return refused.find(({ without, commands }) => !permissions.includes(without) && commands.includes(command))?.says
}

/** Puts the sentence in the place of what each command did, as far as this frontend lets anybody. */
export function refuseCommands({ extensionManager }: ComfyApp, permissions: readonly Permission[]): void {
  for (const command of extensionManager.command.commands ?? []) {
    const says = refusalOf(command.id, permissions)
    if (says !== undefined) Reflect.set(command, 'function', () => tell(extensionManager.toast, says))
  }
}

function tell(toast: Toasts, detail: string): void {
  toast.add({ severity: 'info', summary: 'Not for your role', detail, life: 6_000 })
}

/** A canvas to look at: nodes can neither be moved nor changed, and no switch of the page undoes it. */
export function lockCanvas({ canvas }: ComfyApp): void {
  if (canvas === undefined) return
  canvas.read_only = true
  for (const [holder, name] of [
    [canvas, 'read_only'],
    [canvas.state, 'readOnly'],
  ] as const) {
    // Where the page has made it unchangeable, it stays what it was set to.
    if (holder !== undefined) Reflect.defineProperty(holder, name, { get: () => true, set: () => undefined })
  }
}

/** A definition of a node without its upload buttons. */
export function withoutUploads(definition: { readonly input?: unknown }): void {
  for (const group of Object.values(fieldsOf(definition.input))) {
    for (const spec of Object.values(fieldsOf(group))) {
      const options = Array.isArray(spec) ? fieldsOf(spec[1]) : {}
      for (const name of Object.keys(options).filter((key) => /_upload$/.test(key))) Reflect.set(options, name, false)
    }
  }
}

function fieldsOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
