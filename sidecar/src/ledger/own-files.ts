/** Which files can one tenant name? Structure decides for input and output, the ledger for temp. */
import type { Principal } from '@gatehouse/shared/principal'
import type { FileName, OwnFiles } from '../policy/world.ts'
import type { FileStore } from '../store/file-store.ts'
import { joinPath, parseOwnPath, rootUnder, unroot } from '../transform/rooted-path.ts'
import type { Clock } from './ports.ts'

interface OwnFilesDependencies {
  readonly files: FileStore
  readonly clock: Clock
}

export function createOwnFiles({ files, clock }: OwnFilesDependencies, { tenant }: Principal): OwnFiles {
  return {
    toUpstream: async (own) => {
      const path = parseOwnPath(joinPath(own.subfolder, own.filename))
      // A filename with a slash would be another file than the one that was judged.
      if (path === undefined || path.filename !== own.filename) return undefined
      if (own.root !== 'temp') {
        return { root: own.root, subfolder: rootUnder(tenant.folderKey, path.subfolder), filename: path.filename }
      }
      const filename = own.subfolder === '' ? await files.upstreamTempName(tenant.id, own.filename) : undefined
      return filename === undefined ? undefined : { root: 'temp', subfolder: '', filename }
    },
    toOwn: async (upstream) => {
      if (upstream.root === 'temp') return ownTemp(files, tenant.id, upstream)
      const subfolder = unroot(tenant.folderKey, upstream.subfolder)
      return subfolder === undefined ? undefined : { root: upstream.root, subfolder, filename: upstream.filename }
    },
    list: (root) => files.list(tenant.id, root),
    recordUpload: async (own) => {
      if (own.root === 'temp') return
      const { root, subfolder, filename } = own
      await files.record(tenant.id, [{ root, subfolder, filename }], clock.nowMs())
    },
    // The ledger sees no disk (files/partial-upload.ts).
    discardUpload: async () => undefined,
  }
}

async function ownTemp(
  files: FileStore,
  tenantId: Principal['tenant']['id'],
  upstream: FileName,
): Promise<FileName | undefined> {
  if (upstream.subfolder !== '') return undefined
  const filename = (await files.ownTempNames(tenantId, [upstream.filename])).get(upstream.filename)
  return filename === undefined ? undefined : { root: 'temp', subfolder: '', filename }
}
