/** What do people do with jobs in a story? */
import fc from 'fast-check'
import { parseRecord } from '../../support/person.ts'
import { askJson, type Question } from '../ask.ts'
import type { GraphIdea } from '../graphs.ts'
import type { Deed, Scene, Whose } from '../scene.ts'

const whose = fc.constantFrom<Whose>('own', 'own', 'foreign')
/** The first jobs of somebody: stories are short. */
const index = fc.nat({ max: 3 })
const reference = fc.tuple(whose, index)
export const clientId = fc.constantFrom('tab-1', 'tab-2', '')

function named([which, at]: readonly [Whose, number]): string {
  return which === 'own' ? `own job ${at + 1}` : `job ${at + 1} of another`
}

const place = fc.oneof(
  { weight: 9, arbitrary: fc.constant({ says: '', fields: {} }) },
  { weight: 1, arbitrary: fc.constant({ says: ' in front', fields: { front: true } }) },
  { weight: 1, arbitrary: fc.constant({ says: ' at number -5', fields: { number: -5 } }) },
  { weight: 1, arbitrary: fc.constant({ says: ' at number 7', fields: { number: 7 } }) },
)

const ownId = fc.oneof(
  { weight: 8, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant('new' as const) },
  { weight: 1, arbitrary: index.map((at) => ['own', at] as const) },
)

/** `runs`: how many of ten are run to their end at once. */
export function queues(idea: fc.Arbitrary<GraphIdea>, { runs }: { readonly runs: number }): fc.Arbitrary<Deed> {
  return fc
    .record({
      idea,
      client: clientId,
      place,
      id: ownId,
      partial: fc.nat({ max: 9 }),
      run: fc.integer({ min: 1, max: 10 }),
    })
    .map(({ partial, run, ...job }) => queueing({ ...job, isPartial: partial === 0, isRun: run <= runs }))
}

interface Queueing {
  readonly idea: GraphIdea
  readonly client: string
  readonly place: { readonly says: string; readonly fields: Readonly<Record<string, boolean | number>> }
  readonly id: 'new' | readonly ['own', number] | undefined
  readonly isPartial: boolean
  readonly isRun: boolean
}

function queueing({ idea, client, place: { says, fields }, id, isPartial, isRun }: Queueing): Deed {
  const sayId = id === undefined ? '' : ` under the id of ${id === 'new' ? 'nobody' : named(id)}`
  const sayClient = client === '' ? '' : ` for ${client}`
  return {
    says: `${isRun ? 'runs' : 'queues'} ${idea.says}${isPartial ? ' in part' : ''}${says}${sayId}${sayClient}`,
    does: async (scene) => {
      const wanted = wantedId(scene, id)
      const body = {
        prompt: await idea.graph(scene),
        ...fields,
        ...(client === '' ? {} : { client_id: client }),
        ...(isPartial ? { partial_execution_targets: [idea.target] } : {}),
        ...(wanted === undefined ? {} : { prompt_id: wanted }),
        extra_data: { extra_pnginfo: { workflow: { id: 'a-workflow' } } },
      }
      const seen = await scene.ask(askJson('POST', '/prompt', body), wanted === undefined ? [] : [wanted])
      if (seen.status === 200) scene.me.jobs.push(String(parseRecord(JSON.parse(seen.body.toString())).prompt_id))
      if (isRun) await scene.letRun('all')
    },
  }
}

function wantedId(scene: Scene, id: Queueing['id']): string | undefined {
  if (id === undefined) return undefined
  return id === 'new' ? scene.idNamed(`chosen by ${scene.me.name}`) : scene.jobOf(...id)
}

export const goesOn = fc.constantFrom('one' as const, 'all' as const, 'all' as const).map(
  (what): Deed => ({
    says: what === 'one' ? 'waits for the job that runs' : 'waits for all jobs',
    does: (scene) => scene.letRun(what),
  }),
)

/** A question that names a job. */
function aboutJob(says: string, question: (id: string) => Question): fc.Arbitrary<Deed> {
  return reference.map((which) => ({
    says: `${says} ${named(which)}`,
    does: async (scene: Scene) => {
      const id = scene.jobOf(...which)
      await scene.ask(question(id), [id])
    },
  }))
}

export const stops = fc.oneof(
  aboutJob('cancels', (id) => ({ method: 'POST', path: `/api/jobs/${id}/cancel` })),
  aboutJob('cancels in a list', (id) => askJson('POST', '/api/jobs/cancel', { job_ids: [id] })),
  aboutJob('takes out of the queue', (id) => askJson('POST', '/queue', { delete: [id] })),
  aboutJob('interrupts', (id) => askJson('POST', '/interrupt', { prompt_id: id })),
  aboutJob('forgets', (id) => askJson('POST', '/history', { delete: [id] })),
  aboutJob('looks at the history of', (id) => ({ method: 'GET', path: `/history/${id}` })),
  aboutJob('looks at', (id) => ({ method: 'GET', path: `/api/jobs/${id}` })),
)

function plainly(says: string, question: Question): fc.Arbitrary<Deed> {
  return fc.constant({ says, does: async (scene: Scene) => void (await scene.ask(question)) })
}

export const sweeps = fc.oneof(
  plainly('clears the queue', askJson('POST', '/queue', { clear: true })),
  plainly('clears the history', askJson('POST', '/history', { clear: true })),
  plainly('interrupts whatever runs', { method: 'POST', path: '/interrupt' }),
  plainly('frees the memory', askJson('POST', '/free', { unload_models: true, free_memory: true })),
)

// By creation: how long a job took is time.
const paging = fc
  .record({
    status: fc.constantFrom('', 'status=completed&', 'status=pending,in_progress&', 'status=failed,cancelled&'),
    order: fc.constantFrom('asc', 'desc'),
    limit: fc.integer({ min: 1, max: 3 }),
    offset: fc.nat({ max: 2 }),
  })
  .map(({ status, order, limit, offset }) => `${status}sort_order=${order}&limit=${limit}&offset=${offset}`)

export const looks = fc.oneof(
  plainly('looks at the queue', { method: 'GET', path: '/queue' }),
  plainly('looks at the history', { method: 'GET', path: '/history' }),
  plainly('counts the queue', { method: 'GET', path: '/prompt' }),
  plainly('asks for the own place', { method: 'GET', path: '/gatehouse/api/v1/queue' }),
  paging.chain((query) => plainly(`lists jobs by ${query}`, { method: 'GET', path: `/api/jobs?${query}` })),
  fc
    .tuple(fc.integer({ min: 1, max: 2 }), fc.constantFrom('', '&offset=0', '&offset=1', '&offset=-1'))
    .chain(([count, offset]) =>
      plainly(`pages through the history by ${count}${offset}`, {
        method: 'GET',
        path: `/history?max_items=${count}${offset}`,
      }),
    ),
)
