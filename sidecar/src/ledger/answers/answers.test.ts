/** Are the queue, history and jobs routes answered in ComfyUI's shapes, with its errors, from own jobs alone? */
import type { JobId } from '@gatehouse/shared/ids'
import type { Json } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import { GatehouseError } from '../../gatehouse-error.ts'
import type { Answer } from '../../policy/answer.ts'
import type { CanonicalRequest, RequestBody } from '../../policy/canonical-request.ts'
import type { JobQuery, JobRecord, OwnJobs, World } from '../../policy/world.ts'
import { stringifyJson } from '../../transform/lossless-json.ts'
import { getHistory, getHistoryEntry, postHistory } from './history.ts'
import { postInterrupt } from './interrupt.ts'
import { cancelJobs, getJob, getJobs } from './jobs.ts'
import { getQueue, postQueue } from './queue.ts'

const id = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'
const waiting: JobRecord = {
  id: parseId(id),
  state: 'pending',
  number: 3,
  clientId: 'tab',
  prompt: { 1: { class_type: 'X', inputs: {} } },
  extraData: { extra_pnginfo: {} },
  outputsToExecute: ['1'],
  workflowId: 'wf',
  createdAtMs: 50,
  startedAtMs: undefined,
  finishedAtMs: undefined,
  outputs: {},
  status: undefined,
  meta: {},
}
const error = { prompt_id: id, node_id: '1', timestamp: 90 }
const failed: JobRecord = {
  ...waiting,
  state: 'failed',
  status: {
    status_str: 'error',
    completed: false,
    messages: [
      ['execution_start', { timestamp: 60 }],
      ['execution_error', error],
    ],
  },
}

/** A world that notes what was asked of it. */
function worldWith(job: JobRecord | undefined) {
  const asked: unknown[] = []
  const note = (name: string) => async (argument?: unknown) => void asked.push([name, argument])
  const jobs = {
    rendered: async (_key: string, make: () => Promise<Json>) => Buffer.from(stringifyJson(await make())),
    find: async () => job,
    active: async () => (job === undefined ? [] : [job]),
    history: async (page: unknown) => {
      asked.push(page)
      return job === undefined ? [] : [job]
    },
    list: async (query: JobQuery) => {
      asked.push(query)
      return { jobs: job === undefined ? [] : [job], total: 7 }
    },
    cancel: async (which: string) => {
      asked.push(['cancel', which])
      return which === id
    },
    ...{ forget: note('forget'), withdraw: note('withdraw'), interrupt: note('interrupt') },
  } satisfies Partial<OwnJobs>
  return { asked, world: parseWorld({ jobs }) }
}

const request = (query: Readonly<Record<string, string>> = {}, segments: readonly string[] = []): CanonicalRequest => ({
  ...{ method: 'GET', segments, underApi: true, path: segments.join('/'), headers: {} },
  query: new Map(Object.entries(query)),
})
const body = (value: Json | undefined): RequestBody => ({
  json: async () => {
    if (value === undefined) throw new GatehouseError('bad_json')
    return value
  },
  bytes: () => Promise.reject(new Error('not read')),
  stream: () => {
    throw new Error('not read')
  },
})
const said = (answer: Answer): readonly unknown[] => {
  if (answer.kind === 'json') return [answer.status, answer.value]
  if (answer.kind === 'bytes') return [answer.status, JSON.parse(Buffer.from(answer.body).toString())]
  return [answer.status]
}

const item = [3, id, waiting.prompt, { extra_pnginfo: {}, client_id: 'tab', create_time: 50 }, ['1']]

describe('GET', () => {
  it('/queue shows items of five members', async () => {
    expect(said(await getQueue(request(), worldWith(waiting).world))).toEqual([
      200,
      { queue_running: [], queue_pending: [item] },
    ])
  })

  it('/history/{id} is {} for a job that has not ended, and for none', async () => {
    for (const job of [waiting, undefined]) {
      expect(said(await getHistoryEntry(request({}, ['history', id]), worldWith(job).world))).toEqual([200, {}])
    }
    expect(said(await getHistoryEntry(request({}, ['history', id]), worldWith(failed).world))).toEqual([
      200,
      { [id]: { prompt: item, outputs: {}, status: failed.status, meta: {} } },
    ])
  })

  it.each([
    [{}, { maxItems: undefined, offset: undefined }],
    [
      { max_items: ' +1_0 ', offset: '-1' },
      { maxItems: 10, offset: -1 },
    ],
  ])('/history with %o asks for the page', async (query, page) => {
    const { asked, world } = worldWith(undefined)
    expect(said(await getHistory(request(query), world))).toEqual([200, {}])
    expect(asked).toEqual([page])
  })

  it.each([[{ max_items: 'x' }], [{ offset: '1.5' }], [{ max_items: '' }]])(
    '/history with %o fails as ComfyUI does',
    async (query) => {
      expect(said(await getHistory(request(query), worldWith(undefined).world))).toEqual([500])
    },
  )

  it('/jobs pages, and prunes what is not known', async () => {
    const { asked, world } = worldWith(waiting)
    expect(
      said(
        await getJobs(request({ status: 'Pending, in_progress,', workflow_id: '', limit: '1', offset: '-4' }), world),
      ),
    ).toEqual([
      200,
      {
        jobs: [
          {
            id,
            status: 'pending',
            priority: 3,
            create_time: 50,
            outputs_count: 0,
            previewable_outputs_count: 0,
            workflow_id: 'wf',
          },
        ],
        pagination: { offset: 0, limit: 1, total: 7, has_more: true },
      },
    ])
    expect(asked).toEqual([
      {
        states: ['pending', 'in_progress'],
        workflowId: undefined,
        sortBy: 'created_at',
        sortOrder: 'desc',
        limit: 1,
        offset: 0,
      },
    ])
  })

  it.each([
    [
      { status: 'done,pending' },
      'Invalid status value(s): done. Valid values: pending, in_progress, completed, failed, cancelled',
    ],
    [{ sort_by: 'size' }, "sort_by must be 'created_at' or 'execution_duration'"],
    [{ sort_order: 'up' }, "sort_order must be 'asc' or 'desc'"],
    [{ limit: '0' }, 'limit must be a positive integer'],
    [{ limit: 'x' }, 'limit must be an integer'],
    [{ offset: 'x' }, 'offset must be an integer'],
  ])("/jobs refuses %o in ComfyUI's words", async (query, sentence) => {
    expect(said(await getJobs(request(query), worldWith(undefined).world))).toEqual([400, { error: sentence }])
  })

  it('/jobs/{id} has everything of a finished job, and 404 for none', async () => {
    expect(said(await getJob(request({}, ['jobs', id]), worldWith(undefined).world))).toEqual([
      404,
      { error: 'Job not found' },
    ])
    const [, details] = said(await getJob(request({}, ['jobs', id]), worldWith(failed).world))
    expect(details).toEqual({
      ...{
        id,
        status: 'failed',
        priority: 3,
        create_time: 50,
        execution_start_time: 60,
        execution_end_time: 90,
        execution_error: error,
      },
      ...{
        outputs_count: 0,
        previewable_outputs_count: 0,
        workflow_id: 'wf',
        outputs: {},
        execution_status: failed.status,
      },
      workflow: { prompt: waiting.prompt, extra_data: { extra_pnginfo: {}, client_id: 'tab', create_time: 50 } },
    })
  })
})

describe('POST', () => {
  const bodies: readonly (readonly [Json, unknown[], number])[] = [
    [{ clear: true }, ['all'], 200],
    [{ clear: false, delete: [id, 5, {}] }, [[id]], 200],
    [{ clear: 1, delete: [id] }, ['all'], 200],
    [{}, [], 200],
    [[], [], 200],
    [['clear'], [], 500],
    [null, [], 500],
    [{ delete: 5 }, [], 500],
    [{ delete: { [id]: 1 } }, [[id]], 200],
  ]
  it.each(bodies)('/queue and /history take %o', async (sent, calls, status) => {
    for (const [post, verb] of [
      [postQueue, 'withdraw'],
      [postHistory, 'forget'],
    ] as const) {
      const { asked, world } = worldWith(undefined)
      expect(said(await post(request(), world, body(sent)))).toEqual([status])
      expect(asked).toEqual(calls.map((which) => [verb, which]))
    }
  })

  it.each([
    [undefined, [['interrupt', undefined]], 200],
    [{}, [['interrupt', undefined]], 200],
    [{ prompt_id: '' }, [['interrupt', undefined]], 200],
    [{ prompt_id: 0 }, [['interrupt', undefined]], 200],
    [{ prompt_id: id }, [['interrupt', id]], 200],
    [{ prompt_id: 5 }, [], 200],
    [[], [], 500],
  ])('/interrupt takes %o', async (sent, calls, status) => {
    const { asked, world } = worldWith(undefined)
    expect(said(await postInterrupt(request(), world, body(sent)))).toEqual([status])
    expect(asked).toEqual(calls)
  })

  it('/jobs/cancel cancels own ids, and refuses the whole batch for one that is no id', async () => {
    const { asked, world } = worldWith(undefined)
    const other = id.replace('a', 'b')
    expect(said(await cancelJobs(request(), world, body({ job_ids: [other, id] })))).toEqual([200, { cancelled: true }])
    expect(asked).toEqual([
      ['cancel', other],
      ['cancel', id],
    ])
    expect(said(await cancelJobs(request(), world, body({ job_ids: [id.toUpperCase(), null, true, 5] })))).toEqual([
      400,
      { error: 'job_ids contains invalid id(s)', invalid_ids: [id.toUpperCase(), 'None', 'True', '5'] },
    ])
    expect(said(await cancelJobs(request(), world, body({})))).toEqual([400, { error: 'job_ids must be a list' }])
    expect(said(await cancelJobs(request(), world, body(undefined)))).toEqual([
      400,
      { error: 'Request body must be valid JSON' },
    ])
    expect(asked).toHaveLength(2)
  })
})

function parseId(text: string): JobId {
  return text as JobId
}

function parseWorld(world: object): World {
  return world as World
}
