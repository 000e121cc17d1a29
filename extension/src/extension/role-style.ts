/** Which parts of the stock UI are hidden from a role? A courtesy: the sidecar refuses what they would ask for. */
import type { Permission } from '@gatehouse/shared/roles'

/** What each missing permission hides (frontends 1.27.10 to 1.58.1 and ComfyUI-Manager's own buttons). */
const hiddenWithout: readonly (readonly [Permission, readonly string[]])[] = [
  [
    'manager:read',
    ['button[title="ComfyUI Manager"]', '.comfyui-button[title="ComfyUI Manager"]', '#cm-manager-dialog'],
  ],
  ['prompt:run', ['.queue-button-group', '[data-testid="queue-button"]']],
]

export function hidingRules(permissions: readonly Permission[]): string {
  const selectors = hiddenWithout.flatMap(([permission, hidden]) => (permissions.includes(permission) ? [] : hidden))
  return selectors.length === 0 ? '' : `${selectors.join(',')}{display:none!important}`
}

export function hideWhatIsForbidden(permissions: readonly Permission[]): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(hidingRules(permissions))
  document.adoptedStyleSheets.push(sheet)
}
