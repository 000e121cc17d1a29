/** What does ComfyUI load as our extension? `Gatehouse.Account`: who I am, my place in the queue, and the way out. */
import { mayAdminister } from '@gatehouse/shared/may-administer'
import type { Me } from '@gatehouse/shared/own-api-contract'
import { proofEvent, queueEvent, workerEvent } from '@gatehouse/shared/page-binding'
import type { QueuePosition } from '@gatehouse/shared/workflows-contract'
import { createAccountPanel, leaveLabel } from './account-panel.ts'
import { showActingBanner } from './acting-banner.ts'
import { type ComfyPage, parseComfyPage } from './comfy-page.ts'
import { findMe, findQueuePosition, parseQueuePosition } from './own-api-client.ts'
import { createProofNotice } from './proof-notice.ts'
import { createPublishedPanel } from './published-panel.ts'
import { queueBadge } from './queue-text.ts'
import { lockCanvas, refuseCommands, withoutUploads } from './role-commands.ts'
import { hideWhatIsForbidden } from './role-style.ts'
import { signOut } from './sign-out.ts'
import { createWorkerNotice } from './worker-toast.ts'

const tabId = 'gatehouse-account'
const publishedTabId = 'gatehouse-workflows'
const extensionName = 'Gatehouse.Account'

/** The sidecar and the pack may both bring this file to the page. */
const loadedMark = Symbol.for(extensionName)

async function load(): Promise<void> {
  if (Reflect.has(window, loadedMark)) return
  Reflect.set(window, loadedMark, true)
  const page = parseComfyPage(window)
  if (page === undefined) return
  const me = await findMe()
  if (me !== undefined) register(page, me)
}

function register(page: ComfyPage, me: Me): void {
  const openAccount = () => void window.open('/account', '_blank', 'noopener')
  const openAdmin = () => void window.open('/admin', '_blank', 'noopener')
  const leave = () => (me.guest === true ? location.assign('/login') : void signOut(page, me))
  const panel = createAccountPanel({ me, openAccount, openAdmin, signOut: leave })
  const showTab = () => void page.app.extensionManager.command.execute(`Workspace.ToggleSidebarTab.${tabId}`)
  const commands = commandsOf(me, { showTab, openAccount, openAdmin, leave })
  page.app.registerExtension({
    name: extensionName,
    commands,
    menuCommands: [{ path: ['Gatehouse'], commands: commands.map(({ id }) => id) }],
    aboutPageBadges: [{ label: `Gatehouse: ${me.user} (${me.role})`, url: '/account', icon: 'pi pi-shield' }],
    actionBarButtons: [{ icon: 'pi pi-user', label: me.user, tooltip: 'Account and queue position', onClick: showTab }],
    init: () => hideWhatIsForbidden(me.permissions),
    beforeRegisterNodeDef: (_type: unknown, definition: { readonly input?: unknown }) => {
      if (!me.permissions.includes('upload:create')) withoutUploads(definition)
    },
    setup: () => {
      showActingBanner(me, leave)
      const tab = {
        id: tabId,
        icon: 'pi pi-user',
        title: 'Account',
        tooltip: `Signed in as ${me.user}`,
        type: 'custom' as const,
        iconBadge: null,
        render: panel.render,
        destroy: panel.forget,
      }
      page.app.extensionManager.registerSidebarTab(tab)
      watchQueue(page, panel.show)
      watchWorker(page)
      window.addEventListener(proofEvent, createProofNotice())
      keepToRole(page, me)
    },
  })
}

type Way = 'showTab' | 'openAccount' | 'openAdmin' | 'leave'

function commandsOf(me: Me, ways: Readonly<Record<Way, () => void>>) {
  const [leaving, leavingIcon] = leaveLabel(me)
  const admin = { id: 'Gatehouse.OpenAdmin', icon: 'pi pi-users', label: 'Administration', function: ways.openAdmin }
  return [
    { id: 'Gatehouse.ShowAccount', icon: 'pi pi-user', label: `Signed in as ${me.user}`, function: ways.showTab },
    { id: 'Gatehouse.OpenAccount', icon: 'pi pi-id-card', label: 'Account and API keys', function: ways.openAccount },
    ...(mayAdminister(me) ? [admin] : []),
    { id: 'Gatehouse.SignOut', icon: leavingIcon, label: leaving, function: ways.leave },
  ]
}

/** Whoever may edit no graph looks at one, and runs what is published. */
function keepToRole(page: ComfyPage, { permissions }: Me): void {
  const { app } = page
  refuseCommands(app, permissions)
  if (permissions.includes('graph:edit')) return
  lockCanvas(app)
  if (!permissions.includes('prompt:run')) return
  app.extensionManager.registerSidebarTab({
    id: publishedTabId,
    icon: 'pi pi-play-circle',
    title: 'Published workflows',
    tooltip: 'Published workflows',
    type: 'custom',
    iconBadge: null,
    render: createPublishedPanel(page).render,
    destroy: () => undefined,
  })
}

/** The socket tells of every change; the first position, and the one after a reconnect, are asked for. */
function watchQueue({ app, api }: ComfyPage, show: (position: QueuePosition) => void): void {
  const accept = (position: QueuePosition | undefined) => {
    if (position === undefined) return
    show(position)
    const tab = app.extensionManager.getSidebarTabs?.().find((one) => one.id === tabId)
    if (tab !== undefined) tab.iconBadge = queueBadge(position)
  }
  const ask = async () => accept(await findQueuePosition())
  api.addEventListener(queueEvent, (event) => accept(parseQueuePosition(event.detail)))
  api.addEventListener('reconnected', () => void ask())
  void ask()
}

/** What became of the jobs while ComfyUI's worker fails: the stock UI would go on showing them as running. */
function watchWorker({ app, api }: ComfyPage): void {
  const notice = createWorkerNotice(app.extensionManager.toast)
  api.addEventListener(workerEvent, (event) => notice.show(event.detail))
  // A new socket is told of it again, if it lasts; of its end only the old one would have heard.
  api.addEventListener('reconnected', notice.forget)
}

await load()
