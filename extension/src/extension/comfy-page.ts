/** What does the stock UI offer an extension? The names that exist in frontends 1.27.10 to 1.58.1, and nothing else. */

export interface OpenWorkflow {
  readonly path: string
  readonly filename?: string
  readonly isTemporary?: boolean
  readonly activeState?: unknown
  readonly changeTracker?: { checkState?(): void; captureCanvasState?(): void } | null
}

export interface Toast {
  readonly severity: 'info' | 'warn' | 'error'
  readonly summary: string
  readonly detail: string
  readonly life?: number
}

/** Frontend 1.58 has no `remove`, and those before it neither `warning` nor `dismiss`. */
export interface Toasts {
  readonly add: (toast: Toast) => void
  readonly remove?: (toast: Toast) => void
  readonly warning?: (title: string, options: { readonly description: string }) => number
  readonly dismiss?: (id: number) => void
}

export interface SidebarTab {
  readonly id: string
  readonly icon: string
  readonly title: string
  readonly tooltip: string
  readonly type: 'custom'
  iconBadge: string | null
  readonly render: (place: HTMLElement) => void
  readonly destroy: () => void
}

export interface ExtensionManager {
  registerSidebarTab(tab: SidebarTab): void
  /** Reactive views of the registered tabs: what is set on them is drawn. */
  getSidebarTabs?(): readonly { readonly id: string; iconBadge?: unknown }[]
  readonly command: {
    execute(id: string): unknown
    /** What menus, keys and buttons run. */
    readonly commands?: readonly { readonly id: string }[]
  }
  readonly toast: Toasts
  readonly dialog: { confirm(options: ConfirmOptions): Promise<boolean | null> }
  readonly workflow: {
    readonly modifiedWorkflows?: readonly OpenWorkflow[]
    readonly activeWorkflow?: OpenWorkflow | null
  }
}

export interface ConfirmOptions {
  readonly title: string
  readonly message: string
  readonly type: 'default' | 'dirtyClose'
  readonly itemList?: readonly string[]
}

export interface ComfyApp {
  registerExtension(extension: object): void
  readonly extensionManager: ExtensionManager
  /** Of LiteGraph; there once the extensions are set up. */
  readonly canvas?: { read_only: boolean; readonly state?: object }
  loadGraphData?(workflow: object, clean: boolean, restoreView: boolean, name: string): unknown
  loadApiJson?(prompt: object, fileName: string): unknown
}

export interface ComfyApi {
  readonly clientId?: string
  addEventListener(type: string, listener: (event: CustomEvent<unknown>) => void): void
  storeUserData(file: string, content: unknown, options: object): Promise<unknown>
}

export interface ComfyPage {
  readonly app: ComfyApp
  readonly api: ComfyApi
}

/**
 * The stock UI's `app` and `api` in `window.comfyAPI`; undefined on a page that has none. Nothing is imported: the
 * paths of the modules differ between frontends, and a failed import would be this extension's end.
 */
export function parseComfyPage(page: object): ComfyPage | undefined {
  const modules = parseField(page, 'comfyAPI')
  const app = parseField(parseField(modules, 'app'), 'app')
  const api = parseField(parseField(modules, 'api'), 'api')
  if (typeof parseField(app, 'registerExtension') !== 'function') return undefined
  if (typeof parseField(api, 'addEventListener') !== 'function') return undefined
  return { app: app as ComfyApp, api: api as ComfyApi }
}

function parseField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
