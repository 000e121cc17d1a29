/** What becomes of accepted jobs when ComfyUI or the sidecar goes away? */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { alice, bob, graph, type LedgerWorld, marks, nodeId, startLedgerWorld, submitted } from './ledger-world.ts'

let world: LedgerWorld
beforeEach(async () => {
  world = await startLedgerWorld({ keepFinishedCount: 3 })
})
afterEach(() => world[Symbol.asyncDispose]())

const everything = { maxItems: undefined, offset: undefined }
const historyOf = () => world.ledger.jobsOf(alice).history(everything)

/** The worker takes the next prompt, and the hub tells the ledger. */
async function starts(): Promise<void> {
  const item = world.comfyui.start()
  const job = await world.ledger.hubSide.find(item.id)
  if (job !== undefined) await world.ledger.hubSide.started(job)
}

describe('when ComfyUI lost its queue', () => {
  it('waiting jobs of everybody are posted again in their order', async () => {
    for (const [who, mark] of [
      [alice, 1],
      [alice, 2],
      [bob, 3],
      [alice, 4],
    ] as const)
      await submitted(world.ledger, who, graph(mark))
    const before = marks(world.comfyui)
    world.comfyui.restart()
    expect(await world.ledger.reconcile()).toEqual({ missedCount: 0, repostedCount: 4, lostCount: 0 })
    expect(marks(world.comfyui)).toEqual(before)
    expect(before).toEqual([1, 3, 2, 4])
  })

  it('a job of megabytes is posted again as it was', async () => {
    const workflow = { id: 'large', notes: Array.from({ length: 30 }, () => '\u{1f600}'.repeat(50_000)) }
    const id = await submitted(world.ledger, alice, graph(1, { extra_data: { extra_pnginfo: { workflow } } }))
    const [before] = world.comfyui.pending
    world.comfyui.restart()
    expect(await world.ledger.reconcile()).toMatchObject({ repostedCount: 1 })
    const [after] = world.comfyui.pending
    expect(after?.prompt).toEqual(before?.prompt)
    expect(after?.extraData).toEqual(before?.extraData)
    expect(after?.extraData).toMatchObject({ extra_pnginfo: { workflow } })
    expect(await world.ledger.jobsOf(alice).find(id)).toMatchObject({ extraData: { extra_pnginfo: { workflow } } })
  })

  it('the running job runs once more, before the others, and is given up after the second time', async () => {
    const id = await submitted(world.ledger, alice, graph(1))
    await submitted(world.ledger, alice, graph(2))
    await starts()
    world.comfyui.restart()
    await world.ledger.reconcile()
    expect(marks(world.comfyui)).toEqual([1, 2])
    await starts()
    world.comfyui.restart()
    expect(await world.ledger.reconcile()).toMatchObject({ repostedCount: 1, lostCount: 1 })
    expect(marks(world.comfyui)).toEqual([2])
    expect(await historyOf()).toMatchObject([
      { id, state: 'failed', status: { status_str: 'error', completed: false } },
    ])
  })

  it('a job that ends ComfyUI before it is seen running is given up too', async () => {
    await submitted(world.ledger, alice, graph(1))
    await submitted(world.ledger, bob, graph(2))
    for (let crash = 0; crash < 4; crash += 1) {
      world.comfyui.restart()
      await world.ledger.reconcile()
    }
    expect(marks(world.comfyui)).toEqual([2])
    expect(await historyOf()).toMatchObject([{ state: 'failed' }])
  })

  it('a job that ended unheard is recorded, not run again', async () => {
    const id = await submitted(world.ledger, alice, graph(1))
    world.comfyui.start()
    world.comfyui.finish({ [nodeId(alice, '2')]: { images: [] } })
    expect(await world.ledger.reconcile()).toEqual({ missedCount: 1, repostedCount: 0, lostCount: 0 })
    expect(await historyOf()).toMatchObject([{ id, state: 'completed', outputs: { 2: { images: [] } } }])
    expect(world.comfyui.accepted).toHaveLength(1)
  })

  it('a job that started unheard is running', async () => {
    await submitted(world.ledger, alice, graph(1))
    world.comfyui.start()
    expect(await world.ledger.reconcile()).toMatchObject({ missedCount: 1 })
    expect(await world.ledger.jobsOf(alice).counts()).toEqual({ pending: 0, running: 1 })
  })

  it('a job that ComfyUI no longer accepts ends with a sentence', async () => {
    await submitted(world.ledger, alice, graph(1))
    world.comfyui.restart()
    world.comfyui.mishaps.push('refused')
    await world.ledger.reconcile()
    expect(await historyOf()).toMatchObject([
      { state: 'failed', status: { messages: [['execution_error', { exception_type: 'PromptRefused' }]] } },
    ])
  })

  it('nothing is posted twice when an answer is lost while posting again', async () => {
    await submitted(world.ledger, alice, graph(1))
    world.comfyui.restart()
    world.comfyui.mishaps.push('lost after')
    await world.ledger.reconcile()
    await world.ledger.reconcile()
    expect(marks(world.comfyui)).toEqual([1])
  })
})

describe('after a restart of the sidecar', () => {
  it('accepted jobs wait as before, and new ones come behind them', async () => {
    for (const mark of [1, 2]) await submitted(world.ledger, alice, graph(mark))
    const ledger = await world.reopen()
    expect(await ledger.reconcile()).toEqual({ missedCount: 0, repostedCount: 0, lostCount: 0 })
    await submitted(ledger, alice, graph(3))
    expect(marks(world.comfyui)).toEqual([1, 2, 3])
    expect(await ledger.jobsOf(alice).counts()).toEqual({ pending: 3, running: 0 })
  })
})

describe('stopping', () => {
  it('takes own waiting jobs out and leaves those of others', async () => {
    const first = await submitted(world.ledger, alice, graph(1))
    const foreign = await submitted(world.ledger, bob, graph(2))
    await submitted(world.ledger, alice, graph(3))
    await world.ledger.jobsOf(alice).withdraw([foreign, 'nonsense'])
    expect(marks(world.comfyui)).toEqual([1, 2, 3])
    expect(await world.ledger.jobsOf(alice).cancel(foreign)).toBe(false)
    expect(await world.ledger.jobsOf(alice).cancel(first)).toBe(true)
    expect(await world.ledger.jobsOf(alice).find(first)).toBeUndefined()
    await world.ledger.jobsOf(alice).withdraw('all')
    expect(marks(world.comfyui)).toEqual([2])
  })

  it("never names another's job to ComfyUI, and never sends an interrupt without a name", async () => {
    await submitted(world.ledger, alice, graph(1))
    const theirs = await submitted(world.ledger, bob, graph(2))
    await starts()
    for (const id of [undefined, theirs, world.comfyui.running?.id]) await world.ledger.jobsOf(bob).interrupt(id)
    expect([world.comfyui.cancels, world.comfyui.interrupts]).toEqual([[], []])
    await world.ledger.jobsOf(alice).interrupt(undefined)
    expect(world.comfyui.cancels).toEqual([world.comfyui.running?.id])
    expect(world.comfyui.interrupts).toEqual([])
  })

  it('names the running prompt where ComfyUI has no jobs interface', async () => {
    world.comfyui.hasJobsApi = false
    const id = await submitted(world.ledger, alice, graph(1))
    await starts()
    expect(await world.ledger.jobsOf(alice).cancel(id)).toBe(true)
    expect(world.comfyui.interrupts).toEqual([JSON.stringify({ prompt_id: world.comfyui.running?.id })])
  })

  it('withdraws at once while ComfyUI is down, and in ComfyUI when it is back', async () => {
    const id = await submitted(world.ledger, alice, graph(1))
    const [kept] = world.comfyui.pending
    await world.comfyui[Symbol.asyncDispose]()
    expect(await world.ledger.jobsOf(alice).cancel(id)).toBe(true)
    expect(await world.ledger.jobsOf(alice).active()).toEqual([])
    await world.comfyui.listen(Number(new URL(world.comfyui.url).port))
    expect(world.comfyui.pending).toEqual([kept])
    await world.ledger.reconcile()
    expect(world.comfyui.pending).toEqual([])
  })
})

describe('the history', () => {
  it('keeps the newest jobs, forgets own ones only, and pages as ComfyUI', async () => {
    const ids: string[] = []
    for (const mark of [1, 2, 3, 4]) {
      ids.push(await submitted(world.ledger, alice, graph(mark)))
      world.comfyui.start()
      world.comfyui.finish()
      await world.ledger.reconcile()
    }
    const shown = async (maxItems: number | undefined, offset: number | undefined) =>
      (await world.ledger.jobsOf(alice).history({ maxItems, offset })).map((job) => ids.indexOf(job.id))
    expect(await shown(undefined, undefined)).toEqual([1, 2, 3])
    expect(await shown(2, undefined)).toEqual([2, 3])
    expect(await shown(1, 1)).toEqual([2])
    expect(await shown(0, undefined)).toEqual([])
    expect(await shown(-5, undefined)).toEqual([])
    expect(await shown(0, 1)).toEqual([2])
    expect(await shown(99, 99)).toEqual([])
    await world.ledger.jobsOf(bob).forget(ids)
    await world.ledger.jobsOf(bob).forget('all')
    expect(await shown(undefined, undefined)).toEqual([1, 2, 3])
    await world.ledger.jobsOf(alice).forget([ids[2] ?? '', 'nonsense'])
    expect(await shown(undefined, undefined)).toEqual([1, 3])
    await world.ledger.jobsOf(alice).forget('all')
    expect(await shown(undefined, undefined)).toEqual([])
  })
})

describe('temp files', () => {
  const named = (filename: string) => ({ images: [{ filename, type: 'temp', subfolder: '' }] })
  const shownName = async (id: string): Promise<string | undefined> => {
    const job = await world.ledger.jobsOf(alice).find(id)
    return /"filename":"([^"]+)"/.exec(JSON.stringify(job?.outputs))?.[1]
  }
  const run = async (who: typeof alice, filename: string): Promise<string> => {
    const id = await submitted(world.ledger, who, graph(1))
    world.comfyui.start()
    world.comfyui.finish({ [nodeId(who, '2')]: named(filename) })
    await world.ledger.reconcile()
    return id
  }

  it('belong to the first tenant whose job wrote them, under a name of its own', async () => {
    const id = await run(alice, 'ComfyUI_temp_abcde_00001_.png')
    const name = (await shownName(id)) ?? ''
    expect(name).toMatch(/^preview_[0-9a-f]{24}\.png$/)
    const file = { root: 'temp', subfolder: '', filename: name } as const
    expect(await world.ledger.filesOf(alice).toUpstream(file)).toEqual({
      ...file,
      filename: 'ComfyUI_temp_abcde_00001_.png',
    })
    expect(await world.ledger.filesOf(bob).toUpstream(file)).toBeUndefined()
    await run(bob, 'ComfyUI_temp_abcde_00001_.png')
    expect((await world.ledger.jobsOf(bob).history(everything)).map((job) => job.outputs)).toEqual([
      { 2: { images: [] } },
    ])
  })

  it('are not what a node merely mentions', async () => {
    for (const name of ['secret.png', '../ComfyUI_temp_abcde_00001_.png', 'api_logs/x.log']) {
      expect(await shownName(await run(alice, name))).toBeUndefined()
    }
  })

  it("are nobody's any more once ComfyUI was restarted, even while it was idle", async () => {
    const name = (await shownName(await run(alice, 'ComfyUI_temp_abcde_00001_.png'))) ?? ''
    await world.ledger.reconcile()
    const file = { root: 'temp', subfolder: '', filename: name } as const
    expect(await world.ledger.filesOf(alice).toUpstream(file)).toBeDefined()
    world.comfyui.restart()
    await world.ledger.reconcile()
    expect(await world.ledger.filesOf(alice).toUpstream(file)).toBeUndefined()
  })
})

describe('own files', () => {
  it('are named below the own folder and nowhere else', async () => {
    const files = world.ledger.filesOf(alice)
    const key = alice.tenant.folderKey
    const upstream = (subfolder: string, filename: string) => files.toUpstream({ root: 'output', subfolder, filename })
    expect(await upstream('', 'x.png')).toEqual({ root: 'output', subfolder: key, filename: 'x.png' })
    expect(await upstream('a/b', 'x.png')).toEqual({ root: 'output', subfolder: `${key}/a/b`, filename: 'x.png' })
    for (const [folder, name] of [
      ['..', 'x'],
      ['', '..'],
      ['', 'a/x.png'],
      ['a//b', 'x'],
      ['', ''],
      ['a/..', 'x'],
      ['', 'a\\x'],
    ] as const) {
      expect(await upstream(folder, name)).toBeUndefined()
    }
    expect(await files.toOwn({ root: 'output', subfolder: `${key}/a`, filename: 'x.png' })).toEqual({
      root: 'output',
      subfolder: 'a',
      filename: 'x.png',
    })
    expect(await files.toOwn({ root: 'output', subfolder: bob.tenant.folderKey, filename: 'x.png' })).toBeUndefined()
    expect(await files.toOwn({ root: 'output', subfolder: `${key}2`, filename: 'x.png' })).toBeUndefined()
  })

  it('are listed newest first: uploads, and what jobs saved', async () => {
    const files = world.ledger.filesOf(alice)
    await files.recordUpload({ root: 'input', subfolder: '', filename: 'in.png' })
    await submitted(world.ledger, alice, graph(1))
    world.comfyui.start()
    const saved = (filename: string, subfolder: string) => ({ filename, subfolder, type: 'output' })
    world.comfyui.finish({
      [nodeId(alice, '2')]: {
        images: [
          saved('1.png', alice.tenant.folderKey),
          saved('2.png', bob.tenant.folderKey),
          saved('3.png', `${alice.tenant.folderKey}/s`),
        ],
      },
    })
    await world.ledger.reconcile()
    expect(await files.list('input')).toEqual([{ root: 'input', subfolder: '', filename: 'in.png' }])
    expect((await files.list('output')).map((file) => `${file.subfolder}/${file.filename}`).sort()).toEqual([
      '/1.png',
      's/3.png',
    ])
    expect(await world.ledger.filesOf(bob).list('output')).toEqual([])
  })
})
