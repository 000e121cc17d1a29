/** What proves the rows about jobs: history, queue, jobs, prompts, live events? Deeper: jobs.test.ts, events.test.ts. */
import { expect } from 'vitest'
import { copiedPicture, savedPicture } from '../../support/graphs.ts'
import { type Job, parseRecord, until } from '../../support/person.ts'
import { cannotTell, findsNothingOf, unheardOfId } from '../../support/verdicts.ts'
import { agreed, bothSides, everyone, isAsAbsent, members, type Proof, type Proofs, withoutWall } from './proof.ts'
import { type Stage, secret } from './stage.ts'

interface Held {
  readonly running: Job
  readonly waiting: Job
}

/** ComfyUI starts no node of a graph that it has run before, and what starts nothing is not held. */
let color = 1000

/** While Acme has one job running and one waiting, which both end well unless the deed ends them. */
async function whileHeld({ world }: Stage, deed: (held: Held) => Promise<void>): Promise<void> {
  world.practice.hold()
  try {
    const running = await world.alice.queues(savedPicture(`${secret}-runs`, color++))
    const waiting = await world.alice.queues(savedPicture(`${secret}-waits`, color++))
    await until(async () => ((await world.alice.json('/queue')).queue_running as unknown[])[0])
    await deed({ running, waiting })
  } finally {
    world.practice.release()
    await until(async () => (remaining(await world.alice.json('/prompt')) === 0 ? true : undefined))
  }
}

function remaining(prompt: Record<string, unknown>): unknown {
  return parseRecord(prompt.exec_info).queue_remaining
}

const statusOf = async ({ world }: Stage, id: string): Promise<unknown> =>
  (await world.alice.json(`/api/jobs/${id}`)).status

/** Nothing that Birch may order about another's id is more than about one that never was, and both jobs end well. */
function spares(orders: readonly { readonly path: string; readonly body?: string }[], blunt: readonly string[] = []) {
  return async (stage: Stage): Promise<void> => {
    const { world } = stage
    let held: Held | undefined
    await whileHeld(stage, async (both) => {
      held = both
      for (const { id } of [both.running, both.waiting]) {
        for (const order of orders) await cannotTell(world, world.bob, { method: 'POST', ...order }, id, unheardOfId())
      }
      for (const body of blunt) await bothSides(world.bob, `POST ${orders[0]?.path}`, body)
    })
    for (const job of [held?.running, held?.waiting]) expect(await statusOf(stage, job?.id ?? '')).toBe('completed')
  }
}

const reading = { may: everyone, refusal: 'forbidden' } as const satisfies Partial<Proof>
const running = { may: members, refusal: 'forbidden' } as const satisfies Partial<Proof>

export const work: Proofs = {
  'GET /history': {
    ...reading,
    sample: { path: '/history' },
    own: async ({ world, people, jobId }) => {
      for (const person of [world.alice, world.ann, people.guest])
        expect(await agreed(person, 'GET /history')).toMatchObject({
          [jobId]: {
            outputs: { '2': { images: [{ filename: `${secret}_00001_.png`, subfolder: '', type: 'output' }] } },
          },
        })
    },
    others: async (stage) => {
      expect(await withoutWall(stage, '/history')).toContain(secret)
      for (const person of [stage.world.bob, stage.people.owner])
        await findsNothingOf(person, [secret, stage.jobId, stage.world.alice.folderKey], ['/history'])
    },
  },
  'GET /history/:promptId': {
    ...reading,
    sample: { path: '/history/nothing' },
    own: async ({ world, jobId }) => {
      expect(Object.keys(parseRecord(await agreed(world.alice, `GET /history/${jobId}`)))).toEqual([jobId])
    },
    others: async ({ world, people, jobId }) => {
      for (const person of [world.bob, people.owner])
        await cannotTell(world, person, { path: '/history/{id}' }, jobId, unheardOfId())
    },
  },
  'POST /history': {
    ...running,
    sample: { path: '/history', body: '{"delete":[]}' },
    own: async ({ world }) => {
      for (const prefix of ['', '/api']) {
        const job = await world.alice.queues(savedPicture('forgotten'))
        await job.finishes()
        await world.alice.post(`${prefix}/history`, { delete: [job.id] })
        expect(await agreed(world.alice, `GET /history/${job.id}`)).toEqual({})
      }
    },
    others: async (stage) => {
      const { world, jobId } = stage
      const probe = { method: 'POST', path: '/history', body: '{"delete":["{id}"]}' }
      await cannotTell(world, world.bob, probe, jobId, unheardOfId())
      await bothSides(world.bob, 'POST /history', '{"clear":true}')
      expect(await agreed(world.alice, `GET /history/${jobId}`)).toHaveProperty([jobId])
      expect(await withoutWall(stage, '/history')).toContain(secret)
    },
  },
  'GET /queue': {
    ...reading,
    sample: { path: '/queue' },
    own: (stage) =>
      whileHeld(stage, async (held) => {
        const queue = JSON.stringify(await agreed(stage.world.ann, 'GET /queue'))
        for (const { id } of [held.running, held.waiting]) expect(queue).toContain(id)
      }),
    others: (stage) =>
      whileHeld(stage, async () => {
        expect(await withoutWall(stage, '/queue')).toContain(secret)
        for (const person of [stage.world.bob, stage.people.owner])
          expect(await agreed(person, 'GET /queue')).toEqual({ queue_running: [], queue_pending: [] })
      }),
  },
  'POST /queue': {
    ...running,
    sample: { path: '/queue', body: '{"delete":[]}' },
    own: (stage) =>
      whileHeld(stage, async ({ waiting }) => {
        await stage.world.ann.post('/api/queue', { delete: [waiting.id] })
        expect(await agreed(stage.world.alice, 'GET /prompt')).toEqual({ exec_info: { queue_remaining: 1 } })
      }),
    others: spares([{ path: '/queue', body: '{"delete":["{id}"]}' }], ['{"clear":true}']),
  },
  'POST /interrupt': {
    ...running,
    sample: { path: '/interrupt', body: `{"prompt_id":"${unheardOfId()}"}` },
    own: (stage) =>
      whileHeld(stage, async (held) => {
        await stage.world.alice.post('/api/interrupt', {})
        await until(async () => ((await statusOf(stage, held.running.id)) === 'cancelled' ? true : undefined))
      }),
    others: spares([{ path: '/interrupt', body: '{"prompt_id":"{id}"}' }], ['{}', '{"prompt_id":""}', 'nonsense']),
  },
  'GET /prompt': {
    ...reading,
    sample: { path: '/prompt' },
    own: (stage) =>
      whileHeld(stage, async () => {
        expect(await agreed(stage.world.alice, 'GET /prompt')).toEqual({ exec_info: { queue_remaining: 2 } })
      }),
    others: (stage) =>
      whileHeld(stage, async () => {
        expect(remaining(parseRecord(JSON.parse(await withoutWall(stage, '/prompt'))))).not.toBe(0)
        for (const person of [stage.world.bob, stage.people.owner])
          expect(await agreed(person, 'GET /prompt')).toEqual({ exec_info: { queue_remaining: 0 } })
      }),
  },
  'POST /prompt': {
    ...running,
    sample: { path: '/prompt', body: '{}' },
    own: async ({ world }) => {
      const job = await world.ann.queues(copiedPicture(`${secret}.png`, 'copied'))
      expect((await job.finishes()).status).toMatchObject({ status_str: 'success' })
    },
    others: async ({ world, people }) => {
      const ask = (image: string) => ({
        route: 'POST /prompt',
        body: JSON.stringify({ prompt: copiedPicture(image, 'stolen') }),
      })
      const owned = `${world.alice.folderKey}/${secret}.png`
      for (const person of [world.bob, people.owner]) {
        await isAsAbsent(person, ask, `${secret}.png`, 'never-was-.png')
        await isAsAbsent(person, ask, owned, owned.replace('secret', 'absent'))
        await isAsAbsent(person, ask, `${secret}_00001_.png [output]`, 'never-was-_00001_.png [output]')
      }
    },
  },
  'GET /jobs': {
    ...reading,
    sample: { path: '/jobs' },
    own: async ({ world, jobId }) => {
      expect(JSON.stringify(await agreed(world.ann, 'GET /jobs'))).toContain(jobId)
    },
    others: async (stage) => {
      // Before 0.9 only the history tells of them.
      const hasJobs = (await fetch(`${stage.comfyui}/api/jobs`)).ok
      expect(await withoutWall(stage, hasJobs ? '/api/jobs' : '/history')).toContain(secret)
      for (const person of [stage.world.bob, stage.people.owner])
        await findsNothingOf(person, [secret, stage.jobId], ['/jobs', '/jobs?status=completed'])
    },
  },
  'GET /jobs/:id': {
    ...reading,
    sample: { path: '/jobs/nothing' },
    own: async ({ world, people, jobId }) => {
      for (const person of [world.alice, people.guest])
        expect(await agreed(person, `GET /jobs/${jobId}`)).toMatchObject({ id: jobId, status: 'completed' })
    },
    others: async ({ world, people, jobId }) => {
      for (const person of [world.bob, people.owner])
        await cannotTell(world, person, { path: '/jobs/{id}' }, jobId, unheardOfId())
    },
  },
  'POST /jobs/:id/cancel': {
    ...running,
    sample: { path: '/jobs/nothing/cancel', body: '{}' },
    own: (stage) =>
      whileHeld(stage, async ({ waiting }) => {
        await stage.world.alice.post(`/jobs/${waiting.id}/cancel`, {})
        expect(await agreed(stage.world.alice, 'GET /prompt')).toEqual({ exec_info: { queue_remaining: 1 } })
      }),
    others: spares([{ path: '/jobs/{id}/cancel', body: '{}' }]),
  },
  'POST /jobs/cancel': {
    ...running,
    sample: { path: '/jobs/cancel', body: `{"job_ids":["${unheardOfId()}"]}` },
    own: (stage) =>
      whileHeld(stage, async ({ waiting }) => {
        await stage.world.alice.post('/api/jobs/cancel', { job_ids: [waiting.id] })
        expect(await agreed(stage.world.alice, 'GET /prompt')).toEqual({ exec_info: { queue_remaining: 1 } })
      }),
    others: spares([{ path: '/jobs/cancel', body: '{"job_ids":["{id}"]}' }]),
  },
  'GET /ws': {
    ...reading,
    sample: { path: '/ws' },
    own: async ({ world }) => {
      using listener = await world.alice.listens('rows-own')
      const job = await world.alice.queues(savedPicture('heard'), { client_id: 'rows-own' })
      await listener.hears(({ type, data }) => type === 'execution_success' && data.prompt_id === job.id)
    },
    others: async ({ world }) => {
      using listener = await world.bob.listens('rows-taken')
      const foreign = await world.alice.queues(savedPicture(`${secret}-unheard`), { client_id: 'rows-taken' })
      await foreign.finishes()
      // What came before the own job has been heard by the time that this one ends.
      const own = await world.bob.queues(savedPicture('barrier'), { client_id: 'rows-taken' })
      await listener.hears(({ type, data }) => type === 'execution_success' && data.prompt_id === own.id)
      const heard = JSON.stringify(listener.messages)
      for (const word of [foreign.id, secret]) expect(heard).not.toContain(word)
    },
  },
}
