/** What goes wrong in the stock UI without Gatehouse, too? Faults of older frontends that are not ours to mend. */
import type { Tab } from './stage.ts'

interface Fault {
  /** How the versions begin that were seen with it in front of a plain ComfyUI. */
  readonly frontends: readonly string[]
  readonly looksLike: RegExp
}

const faults: readonly Fault[] = [
  // Thrown once while the page opens.
  { frontends: ['1.27.'], looksLike: /^Cannot read properties of undefined \(reading 'id'\)$/ },
  // A LoadImage that has nothing to choose from asks for the picture all the same.
  { frontends: ['1.27.', '1.36.'], looksLike: /^404 GET \/api\/view\?type=input&filename=undefined&/ },
]

/** Errors and refused requests of the page, without those. */
export async function faultsOf({ page, record }: Tab): Promise<readonly string[]> {
  const version = String(await page.evaluate('window.__COMFYUI_FRONTEND_VERSION__'))
  const own = faults.filter(({ frontends }) => frontends.some((beginning) => version.startsWith(beginning)))
  return [...record.errors, ...record.complaints].filter((line) => !own.some(({ looksLike }) => looksLike.test(line)))
}
