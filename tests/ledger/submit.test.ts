/** Is a prompt queued exactly once, under its owner's own ids, and never behind anybody's back? */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  alice,
  ann,
  bob,
  bodyOf,
  graph,
  type LedgerWorld,
  marks,
  nodeId,
  noKey,
  startLedgerWorld,
  submitted,
} from './ledger-world.ts'

let world: LedgerWorld
beforeEach(async () => {
  world = await startLedgerWorld({ maxPendingCount: 5 })
})
afterEach(() => world[Symbol.asyncDispose]())

const keyed = (idempotencyKey: string) => ({ ...noKey, idempotencyKey })
const someId = '11111111-2222-3333-8444-555555555555'

describe('a submitted prompt', () => {
  it('reaches ComfyUI under ids that its owner never sees', async () => {
    const jobs = world.ledger.jobsOf(alice)
    const answer = bodyOf(await jobs.submit(graph(1, { client_id: 'tab' }), noKey))
    const [item] = world.comfyui.pending
    expect(answer).toEqual({ prompt_id: expect.any(String), number: 0, node_errors: {} })
    expect(item?.id).not.toBe(answer.prompt_id)
    expect(item?.extraData.client_id).toBe(world.ledger.hubSide.clientId)
    expect(Object.keys(item?.prompt ?? {})).toEqual([nodeId(alice, '1'), nodeId(alice, '2')])
    expect(await jobs.active()).toMatchObject([
      { id: answer.prompt_id, clientId: 'tab', number: 0, prompt: graph(1).prompt },
    ])
    expect(await world.ledger.jobsOf(bob).active()).toEqual([])
    expect(await world.ledger.jobsOf(bob).find(String(answer.prompt_id))).toBeUndefined()
    expect(await world.ledger.jobsOf(ann).find(String(answer.prompt_id))).toBeDefined()
  })

  it("is numbered by the tenant's own counter, which tells nothing about others", async () => {
    for (const mark of [1, 2]) await submitted(world.ledger, alice, graph(mark))
    expect(bodyOf(await world.ledger.jobsOf(bob).submit(graph(3), noKey)).number).toBe(0)
    expect(bodyOf(await world.ledger.jobsOf(ann).submit(graph(4, { front: true }), noKey)).number).toBe(-2)
  })

  it('keeps an id that nobody ever used, and gets another one otherwise', async () => {
    expect(await submitted(world.ledger, alice, graph(1, { prompt_id: someId }))).toBe(someId)
    const own = await submitted(world.ledger, alice, graph(2, { prompt_id: someId }))
    const foreign = await submitted(world.ledger, bob, graph(3, { prompt_id: someId }))
    expect(new Set([someId, own, foreign]).size).toBe(3)
    await world.ledger.jobsOf(alice).withdraw([someId])
    expect(await submitted(world.ledger, alice, graph(4, { prompt_id: someId }))).not.toBe(someId)
  })

  it('that ComfyUI refuses is no job, and the refusal names own nodes', async () => {
    world.comfyui.mishaps.push('refused')
    const answer = await world.ledger.jobsOf(alice).submit(graph(1), noKey)
    expect(answer).toMatchObject({ status: 400, value: { error: { type: 'prompt_outputs_failed_validation' } } })
    expect(Object.keys(bodyOf(answer).node_errors ?? {})).toEqual(['1'])
    expect(await world.ledger.jobsOf(alice).counts()).toEqual({ pending: 0, running: 0 })
  })

  it('is refused in a sentence when as many wait as the role allows, however many come at once', async () => {
    const jobs = world.ledger.jobsOf(alice)
    const answers = await Promise.all(Array.from({ length: 12 }, (_, mark) => jobs.submit(graph(mark), noKey)))
    expect(answers.filter((answer) => answer.kind === 'json' && answer.status === 200)).toHaveLength(5)
    expect(answers.filter((answer) => answer.kind === 'json' && answer.status === 429)).toHaveLength(7)
    expect(world.comfyui.pending).toHaveLength(5)
    await submitted(world.ledger, bob, graph(99))
  })
})

describe('a prompt that is sent again', () => {
  it('runs once when it carries the same key, and is answered alike, at once and later', async () => {
    const jobs = world.ledger.jobsOf(alice)
    const answers = await Promise.all([1, 2, 3].map(() => jobs.submit(graph(1), keyed('k'))))
    const later = await (await world.reopen()).jobsOf(alice).submit(graph(1), keyed('k'))
    for (const answer of [...answers, later]) expect(bodyOf(answer)).toEqual(bodyOf(answers[0] ?? later))
    expect(world.comfyui.accepted).toHaveLength(1)
  })

  it('runs twice without a key, with another key, and for another user', async () => {
    await submitted(world.ledger, alice, graph(1))
    await submitted(world.ledger, alice, graph(1))
    await world.ledger.jobsOf(alice).submit(graph(1), keyed('k'))
    await world.ledger.jobsOf(ann).submit(graph(1), keyed('k'))
    expect(world.comfyui.accepted).toHaveLength(4)
  })

  it('is tried anew when the first try did not get through', async () => {
    world.comfyui.mishaps.push('lost before')
    const jobs = world.ledger.jobsOf(alice)
    expect(await jobs.submit(graph(1), keyed('k'))).toMatchObject({ status: 503 })
    expect(await jobs.submit(graph(1), keyed('k'))).toMatchObject({ status: 200 })
    expect(world.comfyui.accepted).toHaveLength(1)
  })
})

describe('a prompt whose answer was lost', () => {
  it('is told to have failed, and is taken out should ComfyUI have it after all', async () => {
    world.comfyui.mishaps.push('lost after')
    const answer = await world.ledger.jobsOf(alice).submit(graph(1), noKey)
    expect(answer).toMatchObject({ status: 503, value: { error: { type: 'comfyui_down' }, node_errors: {} } })
    expect(await world.ledger.jobsOf(alice).active()).toEqual([])
    await expect.poll(() => world.comfyui.pending).toEqual([])
  })

  it('is stopped when it runs already', async () => {
    world.comfyui.mishaps.push('lost after')
    world.comfyui.onPost = () => void world.comfyui.start()
    await world.ledger.jobsOf(alice).submit(graph(1), noKey)
    const id = world.comfyui.running?.id ?? ''
    expect(await world.ledger.hubSide.find(id)).toBeUndefined()
    expect(await world.ledger.hubSide.stopIfDead(id)).toBe(true)
    expect(world.comfyui.cancels).toContain(id)
  })

  it('is still taken out after a restart of the sidecar', async () => {
    world.comfyui.mishaps.push('lost after')
    await world.ledger.jobsOf(alice).submit(graph(1), noKey)
    await (await world.reopen()).reconcile()
    expect(world.comfyui.pending).toEqual([])
  })
})

describe('front and number', () => {
  it('reorder own jobs as ComfyUI would', async () => {
    for (const mark of [1, 2]) await submitted(world.ledger, alice, graph(mark))
    await submitted(world.ledger, alice, graph(3, { front: true }))
    await submitted(world.ledger, alice, graph(4, { number: 0.5 }))
    await submitted(world.ledger, alice, graph(5, { number: -99 }))
    expect(marks(world.comfyui)).toEqual([5, 3, 1, 4, 2])
    const shown = await world.ledger.jobsOf(alice).active()
    expect(shown.map((job) => JSON.stringify(job.number))).toEqual(['-99.0', '-2', '0', '0.5', '1'])
  })

  it("move nobody else's job back", async () => {
    await submitted(world.ledger, alice, graph(1))
    await submitted(world.ledger, bob, graph(11))
    await submitted(world.ledger, alice, graph(2))
    await submitted(world.ledger, bob, graph(12))
    for (const mark of [3, 4]) await submitted(world.ledger, alice, graph(mark, { front: true }))
    expect(marks(world.comfyui)).toEqual([4, 11, 3, 12, 1, 2])
  })

  it('leave a job alone that starts meanwhile', async () => {
    await submitted(world.ledger, alice, graph(1))
    await submitted(world.ledger, alice, graph(2))
    world.comfyui.onPost = () => {
      world.comfyui.onPost = undefined
      const { pending } = world.comfyui
      const index = pending.findIndex((item) => Object.values(item.prompt)[0]?.inputs.color === 1)
      ;[world.comfyui.running] = pending.splice(index, 1)
    }
    await submitted(world.ledger, alice, graph(3, { front: true }))
    expect(Object.values(world.comfyui.running?.prompt ?? {})[0]?.inputs.color).toBe(1)
    expect(marks(world.comfyui)).toEqual([3, 2])
    expect(world.comfyui.accepted).toHaveLength(4)
  })
})

describe('a job that carried a Comfy.org token', () => {
  it('takes the token along once, and nobody keeps it', async () => {
    const secret = 'comfy-org-token-of-alice'
    await submitted(world.ledger, alice, graph(1, { extra_data: { auth_token_comfy_org: secret } }))
    expect(world.comfyui.pending[0]?.extraData.auth_token_comfy_org).toBe(secret)
    expect(JSON.stringify(await world.ledger.jobsOf(alice).active())).not.toContain(secret)
    await submitted(world.ledger, alice, graph(2, { front: true }))
    expect(world.comfyui.accepted).toHaveLength(2)
    expect(marks(world.comfyui)).toEqual([2, 1])
    world.comfyui.restart()
    await world.ledger.reconcile()
    expect(marks(world.comfyui)).toEqual([2])
    expect(await world.ledger.jobsOf(alice).history({ maxItems: undefined, offset: undefined })).toMatchObject([
      { state: 'failed', status: { status_str: 'error' } },
    ])
  })
})
