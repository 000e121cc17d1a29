/** Where are the built pages? Beside the bundle, or in `dist/web` of a checkout. */
import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GatehouseError } from '../gatehouse-error.ts'

/** `pages/` beside the bundle in the pack, `../web` beside it in `dist/`, `dist/web` from source. @throws internal */
export async function findWebDir(from: string = dirname(fileURLToPath(import.meta.url))): Promise<string> {
  const candidates = [join(from, 'pages'), join(from, '..', 'web'), join(from, '..', '..', '..', 'dist', 'web')]
  for (const candidate of candidates) {
    const found = await access(join(candidate, 'manifest.json')).then(
      () => true,
      () => false,
    )
    if (found) return candidate
  }
  throw new GatehouseError('internal', {
    message: 'The pages of Gatehouse are missing. Run the build first: pnpm build.',
  })
}
