/** Does a socket hear of anybody else? Deeper: tests/isolation/events*.test.ts, tests/ledger/hub.test.ts. */
import { expect } from 'vitest'
import { ask, logsIn } from '../../security/ask.ts'
import { savedPicture } from '../../support/graphs.ts'
import { parseRecord, until } from '../../support/person.ts'
import { alicePassword } from '../../support/world.ts'
import type { Actor } from '../actor.ts'
import { accounts, attack, type Family, runners, type Scene } from '../attack.ts'

let runs = 0

/** Emits progress, previews and a text frame, and was never run before. */
const noisy = () => ({
  '1': { class_type: 'EmptyImage', inputs: { width: 16, height: 16, batch_size: 1, color: ++runs } },
  '2': { class_type: 'GetImageSize', inputs: { image: ['1', 0] } },
  '3': { class_type: 'PreviewAny', inputs: { source: ['2', 0] } },
  '4': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'jewel-noisy' } },
})

async function queues(actor: Actor, clientId: string | undefined, prompt: unknown = noisy()): Promise<string> {
  const { body } = await actor.post('/prompt', { prompt, ...(clientId === undefined ? {} : { client_id: clientId }) })
  return String(parseRecord(JSON.parse(body)).prompt_id)
}

/** Waits until a job of the victim is over for her, and her answer about it is there. */
async function runsToTheEnd(victim: Actor, clientId: string): Promise<string> {
  using own = await victim.opens(`?clientId=${clientId}`)
  const id = await queues(victim, clientId)
  await until(async () => ((await victim.ask('GET', `/history/${id}`)).body === '{}' ? undefined : true))
  if (clientId !== '') await own.hears(id)
  return id
}

/** What a socket hears when it connects and nothing happens: nothing else may come of others. */
const ownFrames = /"type":\s*"(?:status|feature_flags|gatehouse_queue)"/

function heardNothing(frames: readonly string[], words: readonly string[]): void {
  expect(frames.filter((frame) => !ownFrames.test(frame))).toEqual([])
  for (const word of words) for (const frame of frames) expect(frame).not.toContain(word)
}

/** A frame that comes after everything that could have come of the victim: the answer to a job, or to a new socket. */
async function flushes({ attacker, world }: Scene, clientId: string): Promise<void> {
  using later = await attacker.opens(`?clientId=${clientId}-later`)
  await later.hears('status')
  await until(async () => ((await world.alice.json('/prompt')).exec_info === undefined ? undefined : true))
}

const sameClientId = attack('A31', 'the client id of another, named before and after, and none', {
  by: accounts,
  attempt: async (scene) => {
    const { attacker, victim, treasure } = scene
    for (const clientId of ['tab-of-alice', '', crypto.randomUUID()]) {
      using before = await attacker.opens(`?clientId=${clientId}`)
      using hers = await victim.opens(`?clientId=${clientId}`)
      const id = await runsToTheEnd(victim, clientId)
      using after = await attacker.opens(`?clientId=${clientId}`)
      expect([before.status, hers.status, after.status]).toEqual([101, 101, 101])
      await flushes(scene, 'x')
      for (const { frames } of [before, after]) heardNothing(frames, [id, treasure.jobId, victim.folderKey, 'jewel'])
    }
  },
  control: async ({ victim }) => {
    // Whoever left with her id took nothing from her.
    using socket = await victim.opens('?clientId=tab-of-alice')
    const id = await queues(victim, 'tab-of-alice')
    await socket.hears(id)
    await socket.hears('"execution_success"')
    return socket
  },
})

const foreignClientId = attack('A32', 'a prompt under the client id of another, or under none', {
  by: runners,
  attempt: async (scene) => {
    const { attacker, victim } = scene
    using hers = await victim.opens('?clientId=tab-of-alice')
    await hers.hears('status')
    for (const clientId of ['tab-of-alice', undefined, '']) {
      const id = await queues(attacker, clientId, savedPicture('of-the-attacker'))
      await until(async () => ((await attacker.ask('GET', `/history/${id}`)).body === '{}' ? undefined : true))
    }
    const own = await queues(victim, 'tab-of-alice', savedPicture('sentinel'))
    await hers.hears(own)
    await hers.hears('"execution_success"')
    for (const frame of hers.frames) {
      expect(frame).not.toContain('of-the-attacker')
      if (/"prompt_id"/.test(frame)) expect(frame).toContain(own)
    }
  },
  control: async ({ attacker }) => {
    using socket = await attacker.opens('?clientId=own-tab')
    const id = await queues(attacker, 'own-tab', savedPicture('heard'))
    await socket.hears(id)
    return socket
  },
})

const broadcasts = attack('A33', 'what ComfyUI tells to everybody: interrupts, counts, previews, texts', {
  by: accounts,
  attempt: async (scene) => {
    const { attacker, victim, world } = scene
    using listening = await attacker.opens('?clientId=listening')
    using bare = await attacker.opens()
    await listening.hears('status')
    world.practice.hold()
    using hers = await victim.opens('?clientId=hers')
    const id = await queues(victim, 'hers')
    await until(async () => ((await victim.ask('GET', '/queue')).body.includes(id) ? true : undefined))
    await until(async () => ((await world.alice.json('/queue')).queue_running as unknown[])[0])
    await victim.post('/interrupt', {})
    world.practice.release()
    await hers.hears('execution_interrupted')
    const again = await runsToTheEnd(victim, 'hers')
    await flushes(scene, 'x')
    for (const { frames } of [listening, bare]) {
      heardNothing(frames, [id, again])
      const counts = frames.filter((frame) => frame.includes('queue_remaining'))
      for (const frame of counts) expect(frame).toMatch(/"queue_remaining":\s*0/)
    }
  },
  control: async ({ victim }) => {
    using socket = await victim.opens('?clientId=hers')
    await queues(victim, 'hers')
    await socket.hears('execution_success')
    return socket
  },
})

const endedSession = attack('A34', 'a socket that stays open when its session ends', {
  by: ['anonymous'],
  attempt: async ({ attacker, world }) => {
    const cookie = await logsIn(world, 'alice', alicePassword)
    const origin = { origin: world.address, host: new URL(world.address).host }
    using socket = await attacker.opens('?clientId=ends', { cookie, ...origin })
    expect(socket.status).toBe(101)
    await ask(world, 'POST', '/gatehouse/api/v1/logout', { headers: { cookie, ...origin } })
    expect(await socket.closed).toBe(4401)
    using again = await attacker.opens('?clientId=ends', { cookie, ...origin })
    expect(again.status).toBe(401)
  },
  control: async ({ victim, world }) => {
    const cookie = await logsIn(world, 'alice', alicePassword)
    using socket = await victim.opens('?clientId=goes-on', { cookie, origin: world.address })
    return socket
  },
})

export const events: Family = {
  name: 'events',
  attacks: [sameClientId, foreignClientId, broadcasts, endedSession],
}
