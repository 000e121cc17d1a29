/** Which parts of the stock UI are hidden from a role? A courtesy: the sidecar refuses what they would ask for. */
import type { Permission } from '@gatehouse/shared/roles'

/** What each missing permission hides (frontends 1.27.10 to 1.58.1 and ComfyUI-Manager's own buttons). */
const hiddenWithout: readonly (readonly [Permission, readonly string[]])[] = [
  [
    'manager:read',
    ['button[title="ComfyUI Manager"]', '.comfyui-button[title="ComfyUI Manager"]', '#cm-manager-dialog'],
  ],
  [
    'prompt:run',
    [
      '.queue-button-group',
      '[data-testid="queue-button"]',
      '[data-testid="queue-mode-menu-trigger"]',
      '.comfy-queue-btn',
    ],
  ],
  ['graph:edit', [menuItem('New'), menuItem('Open'), menuItem('Clear Workflow'), menuItem('Browse Templates')]],
  ['graph:edit', ['[aria-label="Create a new blank workflow"]', '.side-bar-button[aria-label^="Node Library"]']],
  ['graph:edit', [sidebar('Node Library'), sidebar('Templates'), '[aria-label="Canvas Mode"]']],
  ['workflow:save', [menuItem('Save'), menuItem('Save As'), menuItem('Publish')]],
  ['workflow:delete', [menuItem('Rename'), menuItem('Delete')]],
  ['settings:write', [sidebar('Settings'), menuItem('Settings'), '.comfy-settings-btn']],
  ['models:read', [sidebar('Model Library')]],
  ['workflow:read', [sidebar('Workflows')]],
]

/** Menus name their entries for those who cannot see them; in another language than English they stay. */
function menuItem(label: string): string {
  return `[role="menuitem"][aria-label="${label}"]`
}

function sidebar(label: string): string {
  return `nav button[aria-label^="${label}"]`
}

export function hidingRules(permissions: readonly Permission[]): string {
  const selectors = hiddenWithout.flatMap(([permission, hidden]) => (permissions.includes(permission) ? [] : hidden))
  return selectors.length === 0 ? '' : `${selectors.join(',')}{display:none!important}`
}

export function hideWhatIsForbidden(permissions: readonly Permission[]): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(hidingRules(permissions))
  document.adoptedStyleSheets.push(sheet)
}
