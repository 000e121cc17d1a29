/**
 * Would the property notice a missing wall? One wall at a time is taken away, rows by another route table, everything
 * else by another function in its place, and a story has to be found in which the first tenant notices the others.
 */
import type { FolderKey, UserId } from '@gatehouse/shared/ids'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { shared } from '../../sidecar/src/policy/isolation.ts'
import { type Resource, type RouteKey, type RowDraft, row } from '../../sidecar/src/policy/row.ts'
import { resources } from '../../sidecar/src/routes/index.generated.ts'
import { expectNoInterference, stories } from './interference.ts'
import { createStage } from './stage.ts'
import type { Theme } from './themes.ts'

const { wall } = vi.hoisted(() => ({ wall: { missing: '' } }))

vi.mock(import('../../sidecar/src/ledger/ports.ts'), async (original) => ({
  ...(await original()),
  systemClock: (await import('./stepped-time.ts')).steppedClock,
}))
vi.mock(import('../../sidecar/src/hub/serial.ts'), async (original) => {
  const { createSerial } = await original()
  const { watchedSerial } = await import('./stepped-time.ts')
  return { createSerial: (failed) => watchedSerial(createSerial(failed)) }
})

vi.mock(import('../../sidecar/src/prompt/salt.ts'), async (original) => {
  const real = await original()
  return { ...real, needsSalt: (...node) => wall.missing !== 'the salt' && real.needsSalt(...node) }
})
vi.mock(import('../../sidecar/src/ledger/tenant-secrets.ts'), async (original) => {
  const real = await original()
  return {
    ...real,
    tenantSecrets: (secret, tenant) => {
      const own = real.tenantSecrets(secret, tenant)
      return wall.missing === 'node ids per tenant' ? { ...own, nodePrefix: 'everybodysxx-' } : own
    },
  }
})
vi.mock(import('../../sidecar/src/prompt/read-fields.ts'), async (original) => {
  const real = await original()
  return {
    ...real,
    mapRead: (value, ...rest) =>
      wall.missing === 'the folder of a read field' ? { ok: true, value } : real.mapRead(value, ...rest),
  }
})
vi.mock(import('../../sidecar/src/prompt/write-fields.ts'), async (original) => {
  const real = await original()
  return {
    ...real,
    mapWrite: (value, ...rest) =>
      wall.missing === 'the folder of a write field' ? { ok: true, value } : real.mapWrite(value, ...rest),
  }
})
vi.mock(import('../../sidecar/src/upload/judge-form.ts'), async (original) => {
  const real = await original()
  return {
    ...real,
    judgeForm: async (...form) => {
      const judged = await real.judgeForm(...form)
      if (wall.missing !== 'the folder of an upload') return judged
      const fields = judged.fields.map(([name, value]) =>
        name === 'subfolder' ? ([name, value.replace(/^[a-z0-9]{20}\/?/, '')] as const) : ([name, value] as const),
      )
      return { ...judged, fields }
    },
  }
})
vi.mock(import('../../sidecar/src/hub/audience.ts'), async (original) => {
  const real = await original()
  return {
    createAudience: (...given) => {
      const own = real.createAudience(...given)
      const sameId = (id: string | undefined) => own.all().filter(({ clientId }) => clientId === id)
      if (wall.missing === 'the addressee of an event') return { ...own, of: () => own.all() }
      if (wall.missing === 'the owner of a client id') return { ...own, of: (_user, id) => sameId(id).slice(-1) }
      if (wall.missing === 'the tenant of a status') return { ...own, inTenant: () => own.all() }
      return own
    },
  }
})
vi.mock(import('../../sidecar/src/ledger/live-job.ts'), async (original) => {
  const real = await original()
  return {
    ...real,
    frameNames: (...job) => {
      const names = real.frameNames(...job)
      return wall.missing === 'silence about cached models' ? { ...names, tellsCached: () => true } : names
    },
  }
})
vi.mock(import('../../sidecar/src/ledger/own-files.ts'), async (original) => {
  const real = await original()
  return {
    createOwnFiles: (...given) => {
      const own = real.createOwnFiles(...given)
      if (wall.missing !== 'the owner of a preview') return own
      return {
        ...own,
        toUpstream: async (file) => (file.root === 'temp' ? { ...file, subfolder: '' } : own.toUpstream(file)),
      }
    },
  }
})
vi.mock(import('../../sidecar/src/ledger/own-jobs.ts'), async (original) => {
  const real = await original()
  const { withoutOwner } = await import('./without-owner.ts')
  return {
    ...real,
    createOwnJobs: (parts, once, principal) =>
      withoutOwner(wall.missing, parts, real.createOwnJobs(parts, once, principal)),
  }
})
vi.mock(import('../../sidecar/src/userdata/places.ts'), async (original) => {
  const real = await original()
  return {
    ...real,
    placesOf: (dataDir, principal, platform) => {
      const tenant = { ...principal.tenant, folderKey: parseKey('e'.repeat(20)) }
      const userId = parseUserId('everybody')
      if (wall.missing === 'the place of saved files') return real.placesOf(dataDir, { ...principal, tenant }, platform)
      const places = real.placesOf(dataDir, principal, platform)
      if (wall.missing !== 'the place of settings') return places
      return { ...places, settings: real.placesOf(dataDir, { ...principal, tenant, userId }, platform).settings }
    },
  }
})

/** What is taken away, and in stories about what it has to be noticed. */
const walls: readonly (readonly [wall: string, theme: Theme])[] = [
  ['the salt', 'alike'],
  ['node ids per tenant', 'memory'],
  ['the folder of a read field', 'brought'],
  ['the folder of a write field', 'made'],
  ['the folder of an upload', 'brought'],
  ['the addressee of an event', 'live'],
  ['the owner of a client id', 'live'],
  ['the tenant of a status', 'live'],
  ['silence about cached models', 'memory'],
  ['the owner of a preview', 'previews'],
  ['the owner of a cleared history', 'queue'],
  ['the owner of an interrupted job', 'queue'],
  ['the owner of a cancelled job', 'queue'],
  ['the owner of a count', 'queue'],
  ['the place of saved files', 'saved'],
  ['the place of settings', 'settings'],
]

/**
 * Rows that pass on to ComfyUI what they get, as a proxy with a login does. Those that name a job are not among them:
 * ComfyUI knows jobs by other ids than their owners do, so that a passed-on id finds nothing.
 */
const rows: readonly (readonly [row: RouteKey, theme: Theme])[] = [
  ['GET /history', 'alike'],
  ['GET /queue', 'queue'],
  ['POST /queue', 'queue'],
  ['GET /prompt', 'queue'],
  ['POST /interrupt', 'queue'],
  ['GET /jobs', 'alike'],
  ['POST /free', 'memory'],
  ['GET /view', 'brought'],
  ['GET /internal/files/:root', 'previews'],
  ['GET /internal/logs', 'everything'],
  ['GET /settings', 'settings'],
  ['POST /settings/:id', 'settings'],
  ['GET /userdata/:file', 'saved'],
]
const togetherWith: Readonly<Partial<Record<RouteKey, readonly RouteKey[]>>> = {
  // Reading alone tells nothing while nobody writes there.
  'GET /settings': ['POST /settings', 'POST /settings/:id'],
  'POST /settings/:id': ['GET /settings', 'GET /settings/:id'],
  'GET /userdata/:file': ['POST /userdata/:file'],
}
const query = ['filename', 'type', 'subfolder', 'max_items', 'offset', 'status', 'sort_order', 'limit', 'overwrite']

function without(key: RouteKey): readonly Resource[] {
  const gone = [key, ...(togetherWith[key] ?? [])]
  const pass = (which: RouteKey): RowDraft =>
    row('ui:open', shared('a mutant', { query, withBody: !which.startsWith('GET') }))
  const mutants = resources.map((resource: Resource): Resource => {
    const mine = gone.flatMap((which) => {
      const draft = resource.table[which]
      return draft === undefined ? [] : [[which, { ...pass(which), at: draft.at }] as const]
    })
    return { ...resource, table: { ...resource.table, ...Object.fromEntries(mine) } }
  })
  if (gone.some((which) => !resources.some((resource: Resource) => resource.table[which] !== undefined)))
    throw new Error(`${gone.join(', ')}: not all are rows`)
  return mutants
}

function parseKey(text: string): FolderKey {
  return text as FolderKey
}

function parseUserId(text: string): UserId {
  return text as UserId
}

const storyCount = 300
const seed = 4711
const patienceMs = 240_000

/** Looks for a story that tells, among those of a theme. */
async function findStory(theme: Theme, options: { readonly resources?: readonly Resource[] } = {}) {
  await using stage = await createStage(options)
  const property = fc.asyncProperty(stories(fc.constant(theme)), (story) => expectNoInterference(stage, story))
  return await fc.check(property, { numRuns: storyCount, seed, endOnFailure: true })
}

describe('a missing wall is noticed', () => {
  it.each(walls)(
    '%s',
    async (missing, theme) => {
      wall.missing = missing
      const found = await findStory(theme).finally(() => {
        wall.missing = ''
      })
      expect(String(found.errorInstance)).toContain('the first tenant notices the others')
    },
    patienceMs,
  )

  it.each(rows)(
    'the row %s',
    async (key, theme) => {
      const found = await findStory(theme, { resources: without(key) })
      expect(String(found.errorInstance)).toContain('the first tenant notices the others')
    },
    patienceMs,
  )
})
