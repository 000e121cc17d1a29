/**
 * Would the sentences notice? A test of isolation that passes without the wall proves nothing: here one row at a time is
 * replaced by a plain pass to ComfyUI, and the sentence about it has to fail, while it holds with the row in place.
 */
import { describe, expect, it } from 'vitest'
import { shared } from '../../sidecar/src/policy/isolation.ts'
import { type Resource, type RouteKey, type RowDraft, row } from '../../sidecar/src/policy/row.ts'
import { resources } from '../../sidecar/src/routes/index.generated.ts'
import { onePixel, savedPicture } from '../support/graphs.ts'
import { cannotTell, findsNothingOf } from '../support/verdicts.ts'
import { createWorld, type World } from '../support/world.ts'

interface Wall {
  readonly key: RouteKey
  /** What a careless row would let through. */
  readonly query?: readonly string[]
  readonly withBody?: boolean
  sentence(world: World): Promise<void>
}

const walls: readonly Wall[] = [
  {
    key: 'GET /history',
    sentence: async (world) => {
      await (await world.alice.queues(savedPicture('wall-history'))).finishes()
      await findsNothingOf(world.bob, ['wall-history', world.alice.folderKey], ['/history'])
    },
  },
  {
    key: 'POST /history',
    withBody: true,
    sentence: async (world) => {
      const job = await world.alice.queues(savedPicture('wall-clear'))
      await job.finishes()
      await world.bob.post('/history', { clear: true })
      expect(JSON.stringify(await (await fetch(`${world.practice.url}/history`)).json())).toContain('wall-clear')
    },
  },
  {
    key: 'GET /queue',
    sentence: async (world) => {
      world.practice.hold()
      await world.alice.queues(savedPicture('wall-queue'))
      await findsNothingOf(world.bob, ['wall-queue', world.alice.folderKey], ['/queue'])
    },
  },
  {
    key: 'POST /queue',
    withBody: true,
    sentence: async (world) => {
      world.practice.hold()
      await world.alice.queues(savedPicture('runs'))
      await world.alice.queues(savedPicture('wall-waits'))
      await world.bob.post('/queue', { clear: true })
      expect(JSON.stringify(await (await fetch(`${world.practice.url}/queue`)).json())).toContain('wall-waits')
    },
  },
  {
    key: 'GET /jobs',
    sentence: async (world) => {
      await (await world.alice.queues(savedPicture('wall-jobs'))).finishes()
      await findsNothingOf(world.bob, ['wall-jobs', world.alice.folderKey], ['/jobs'])
    },
  },
  {
    key: 'GET /view',
    query: ['filename', 'type', 'subfolder'],
    sentence: async (world) => {
      await world.alice.uploads('wall.png', onePixel)
      const probe = { path: `/view?type=input&subfolder=${world.alice.folderKey}&filename={id}` }
      await cannotTell(world, world.bob, probe, 'wall.png', 'moon.png')
    },
  },
  {
    key: 'GET /internal/files/:root',
    sentence: async (world) => {
      await world.alice.uploads('wall.png', onePixel)
      expect(await (await world.alice.fetch('/internal/files/input')).json()).toEqual(['wall.png [input]'])
    },
  },
  {
    key: 'GET /object_info/:class',
    sentence: async (world) => {
      await world.alice.uploads('wall.png', onePixel)
      expect(await (await world.alice.fetch('/object_info/LoadImage')).text()).toContain('wall.png')
    },
  },
  {
    key: 'GET /settings',
    sentence: async (world) => {
      await fetch(`${world.practice.url}/settings`, { method: 'POST', body: '{"wall":1}' })
      await findsNothingOf(world.bob, ['wall'], ['/settings'])
    },
  },
]

function without(wall: Wall): readonly Resource[] {
  const pass: RowDraft = row(
    'ui:open',
    shared('a mutant', { query: wall.query ?? [], withBody: wall.withBody ?? false }),
  )
  const mutants = resources.map((resource: Resource): Resource => {
    const draft = resource.table[wall.key]
    return draft === undefined
      ? resource
      : { ...resource, table: { ...resource.table, [wall.key]: { ...pass, at: draft.at } } }
  })
  if (mutants.every((mutant, index) => mutant === resources[index])) throw new Error(`${wall.key} is no row`)
  return mutants
}

describe.each(walls)('$key', (wall) => {
  it('keeps its sentence with the row in place', async () => {
    await using world = await createWorld()
    await wall.sentence(world)
  })

  it('fails its sentence without', async ({ skip }) => {
    await using world = await createWorld({ resources: without(wall) })
    const path = `/api${wall.key.slice(wall.key.indexOf('/'))}`
    const isThere = path !== '/api/jobs' || (await fetch(`${world.practice.url}${path}`)).ok
    skip(!isThere, 'a ComfyUI before 0.9.1 has no jobs of which a careless row could tell')
    await expect(wall.sentence(world)).rejects.toThrow()
  })
})
