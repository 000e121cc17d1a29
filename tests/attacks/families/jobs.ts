/** Is a job seen, stopped, moved or forgotten by anybody else? Deeper: tests/isolation/jobs.test.ts. */
import { expect } from 'vitest'
import { savedPicture } from '../../support/graphs.ts'
import { type Job, parseRecord, until } from '../../support/person.ts'
import { unheardOfId } from '../../support/verdicts.ts'
import { attack, type Family, runners, type Scene } from '../attack.ts'
import { cannotTell, refused, told } from '../verdict.ts'

const history = attack('A26', 'the history of another: listed, by id, paged, cleared, deleted', {
  attempt: async ({ attacker, treasure }) => {
    const id = treasure.jobId
    for (const query of ['', '?max_items=100', '?max_items=5&offset=0', '?offset=-1', '?max_items=-1'])
      await attacker.ask('GET', `/history${query}`)
    told(await attacker.ask('GET', `/history/${id}`), attacker, {})
    await cannotTell((name) => attacker.ask('GET', `/history/${name}`), id, unheardOfId())
    await cannotTell((name) => attacker.post('/history', { delete: [name] }), id, unheardOfId())
    await attacker.post('/history', { clear: true })
    await attacker.post('/history', { clear: true, delete: [id] })
  },
  control: async ({ victim, treasure }) => {
    const entry = await victim.ask('GET', `/history/${treasure.jobId}`)
    expect(entry.body).toContain('jewel-output')
    return entry
  },
})

interface Held {
  readonly running: Job
  readonly waiting: Job
}

/** What ComfyUI remembers would run past the hold. */
let color = 0

/** One job of hers runs and one waits, until the end of the attempt and its control. */
async function holds({ world }: Scene): Promise<Held> {
  world.practice.hold()
  const running = await world.alice.queues(savedPicture('jewel-runs', ++color))
  const waiting = await world.alice.queues(savedPicture('jewel-waits', ++color))
  await until(async () => ((await world.alice.json('/queue')).queue_running as unknown[])[0])
  return { running, waiting }
}

let held: Held

/** Her jobs live, and end well. */
async function endsWell({ world, victim, prefix }: Scene) {
  const queue = await victim.ask('GET', '/queue')
  for (const { id } of [held.running, held.waiting]) expect(queue.body, `${prefix}/queue`).toContain(id)
  world.practice.release()
  for (const job of [held.running, held.waiting])
    expect(parseRecord((await job.finishes()).status).status_str).toBe('success')
  return queue
}

async function withHeld(scene: Scene, attempt: () => Promise<void>): Promise<void> {
  held = await holds(scene)
  try {
    await attempt()
  } catch (error) {
    scene.world.practice.release()
    throw error
  }
}

const words = () => [held.running.id, held.waiting.id]

const queue = attack('A27', 'the queue of another: listed, deleted, cleared, jumped', {
  attempt: (scene) =>
    withHeld(scene, async () => {
      const { attacker } = scene
      const listed = await attacker.ask('GET', '/queue')
      for (const id of words()) expect(listed.body).not.toContain(id)
      told(await attacker.ask('GET', '/prompt'), attacker, { exec_info: { queue_remaining: 0 } })
      for (const id of words())
        await cannotTell((name) => attacker.post('/queue', { delete: [name] }), id, unheardOfId())
      await attacker.post('/queue', { clear: true })
      for (const more of [{ front: true }, { number: -1e9 }, { number: 0, front: true }]) {
        await attacker.post('/prompt', { prompt: savedPicture('jumps'), ...more })
      }
    }),
  control: endsWell,
})

const interrupt = attack('A28', 'an interrupt of what another runs, and an order to free its memory', {
  attempt: (scene) =>
    withHeld(scene, async () => {
      const { attacker, forwarded } = scene
      for (const id of words())
        await cannotTell((name) => attacker.post('/interrupt', { prompt_id: name }), id, unheardOfId())
      for (const body of ['', '{}', '{"prompt_id":""}', '{"prompt_id":null}', 'nonsense'])
        await attacker.ask('POST', '/interrupt', { body })
      if (attacker.who !== 'admin') await attacker.post('/free', { unload_models: true, free_memory: true })
      expect(forwarded().filter((line) => /^POST \/(?:interrupt|free)/.test(line))).toEqual([])
    }),
  control: async (scene) => {
    const seen = await endsWell(scene)
    // The same request stops the own job.
    const own = await holds(scene)
    const stopped = await scene.victim.post('/interrupt', { prompt_id: own.running.id })
    scene.world.practice.release()
    await until(async () =>
      (await scene.victim.ask('GET', `/jobs/${own.running.id}`)).body.includes('cancelled') ? true : undefined,
    )
    await own.waiting.finishes()
    return [seen, stopped]
  },
})

const jobList = attack('A29', 'jobs of another: listed, by id, cancelled alone and in a batch', {
  attempt: (scene) =>
    withHeld(scene, async () => {
      const { attacker, treasure } = scene
      for (const query of ['', '?status=completed,failed,cancelled', '?status=pending,in_progress&limit=100']) {
        const { body } = await attacker.ask('GET', `/jobs${query}`)
        for (const id of words()) expect(body).not.toContain(id)
      }
      for (const id of [...words(), treasure.jobId]) {
        refused(await attacker.ask('GET', `/jobs/${id}`))
        await cannotTell((name) => attacker.ask('GET', `/jobs/${name}`), id, unheardOfId())
        await cannotTell((name) => attacker.ask('POST', `/jobs/${name}/cancel`), id, unheardOfId())
        await cannotTell((name) => attacker.post('/jobs/cancel', { job_ids: [name] }), id, unheardOfId())
      }
    }),
  control: async (scene) => {
    const listed = await scene.victim.ask('GET', `/jobs/${held.waiting.id}`)
    const seen = await endsWell(scene)
    const own = await holds(scene)
    const cancelled = await scene.victim.ask('POST', `/jobs/${own.waiting.id}/cancel`)
    scene.world.practice.release()
    await own.running.finishes()
    const after = await scene.victim.ask('GET', `/jobs/${own.waiting.id}`)
    expect(after.body).not.toMatch(/pending|in_progress/)
    return [listed, seen, cancelled]
  },
})

const fairness = attack('A50', 'a flood of jobs before the single job of the victim', {
  by: runners,
  attempt: async ({ attacker, victim, world, owner }) => {
    world.practice.hold()
    await owner.post('/prompt', { prompt: savedPicture('runs-first') })
    for (let count = 0; count < 20; count += 1) {
      const { status } = await attacker.post('/prompt', { prompt: savedPicture('flood', count), front: true })
      expect(status).toBe(200)
    }
    const { status } = await victim.post('/prompt', { prompt: savedPicture('single') })
    expect(status).toBe(200)
    const raw = parseRecord(await (await fetch(`${world.practice.url}/queue`)).json())
    const pending = Array.isArray(raw.queue_pending) ? raw.queue_pending : []
    const order = pending
      .toSorted((a, b) => Number(a[0]) - Number(b[0]))
      .map((item) => (JSON.stringify(item).includes(victim.folderKey) ? 'victim' : 'flood'))
    world.practice.release()
    // What she ran a moment ago counts as hers: not first of all, but never behind the flood.
    expect(order.indexOf('victim'), order.join(' ')).toBeLessThanOrEqual(3)
    expect(order).toContain('victim')
    await until(async () => ((await attacker.ask('GET', '/prompt')).body.includes(':0') ? true : undefined))
  },
  control: async ({ victim }) => {
    await until(async () => ((await victim.ask('GET', '/prompt')).body.includes(':0') ? true : undefined))
    return victim.ask('GET', '/queue')
  },
})

export const jobs: Family = {
  name: 'jobs',
  world: { config: (config) => ({ ...config, limits: { ...config.limits, pending_jobs: 2_000 } }) },
  attacks: [history, queue, interrupt, jobList, fairness],
}
