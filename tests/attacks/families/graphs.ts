/** Does a graph read or write outside the own folder? Deeper: tests/security/graphs.test.ts, sidecar/src/prompt/fields.test.ts. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { savedPicture } from '../../support/graphs.ts'
import { parseRecord, until } from '../../support/person.ts'
import { accounts, attack, type Family, runners, type Scene } from '../attack.ts'
import { refused } from '../verdict.ts'

const writing = (filename_prefix: unknown): Record<string, unknown> => ({
  '1': { class_type: 'EmptyImage', inputs: { width: 8, height: 8, batch_size: 1, color: 0 } },
  '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix } },
})

const graphsSent = (scene: Scene) => scene.forwarded().filter((line) => line.startsWith('POST /prompt'))

function outputs({ world, victim }: Scene): readonly string[] {
  return readdirSync(join(world.practice.baseDirectory, 'output', victim.folderKey), { recursive: true })
    .map(String)
    .sort()
}

const prefixesOfFiles = attack('A23', 'a file prefix that leaves the own folder', {
  attempt: async (scene) => {
    const key = scene.victim.folderKey
    const before = outputs(scene)
    const escapes: readonly unknown[] = [
      ...[`../${key}/x`, `a/../../${key}/x`, `%year%/../../${key}/x`, `/${key}/x`, `..\\${key}\\x`, 'C:/x', 'x/..'],
      ...[{ __value__: `../${key}/x` }, { __value__: ['1', 0] }, ['1', 0], null, 5, '\uff0e\uff0e/x'],
    ]
    for (const each of escapes)
      refused(await scene.attacker.post('/prompt', { prompt: writing(each) }), JSON.stringify(each))
    const linked = {
      ...writing(['9', 0]),
      '9': { class_type: 'PrimitiveString', inputs: { value: `../${key}/x` } },
    }
    refused(await scene.attacker.post('/prompt', { prompt: linked }), 'linked')
    expect(graphsSent(scene)).toEqual([])
    expect(outputs(scene)).toEqual(before)
  },
  control: async ({ victim }) => {
    const linked = { ...writing(['9', 0]), '9': { class_type: 'PrimitiveString', inputs: { value: 'a/fine' } } }
    return [
      await victim.post('/prompt', { prompt: writing('a/fine') }),
      await victim.post('/prompt', { prompt: linked }),
    ]
  },
})

/** Classes that read a file, with the input that names it. */
const readers = [
  ['LoadImage', 'image'],
  ['LoadImageMask', 'image'],
  ['LoadImageOutput', 'image'],
  ['LoadAudio', 'audio'],
  ['LoadVideo', 'file'],
  ['LoadLatent', 'latent'],
  ['Load3D', 'model_file'],
] as const

const reading = attack('A24', 'a node that loads the file of another tenant', {
  attempt: async (scene) => {
    const { attacker, victim, world, treasure } = scene
    const key = victim.folderKey
    const names: readonly unknown[] = [
      ...['jewel.png', `${key}/jewel.png`, `../${key}/jewel.png`, `${key}/jewel.png [input]`],
      ...['jewel-output_00001_.png [output]', `../output/${key}/jewel-output_00001_.png [temp]`],
      ...[`${treasure.previewName} [temp]`, join(world.practice.baseDirectory, 'input', key, 'jewel.png')],
      ...[{ __value__: `../${key}/jewel.png` }, [`../${key}/jewel.png`]],
    ]
    for (const [class_type, input] of readers) {
      for (const name of names) {
        // Shown by a node that takes any type: nothing but the name is wrong.
        const prompt = {
          '1': { class_type, inputs: { [input]: name } },
          '2': { class_type: 'PreviewAny', inputs: { source: ['1', 0] } },
        }
        refused(await attacker.post('/prompt', { prompt }), `${class_type} ${JSON.stringify(name)}`)
      }
    }
    const linked = {
      '1': { class_type: 'LoadImage', inputs: { image: ['9', 0] } },
      '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } },
      '9': { class_type: 'PrimitiveString', inputs: { value: `../${key}/jewel.png` } },
    }
    refused(await attacker.post('/prompt', { prompt: linked }), 'linked')
  },
  control: async ({ victim }) =>
    victim.post('/prompt', {
      prompt: {
        '1': { class_type: 'LoadImage', inputs: { image: 'jewel.png' } },
        '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'copy' } },
      },
    }),
})

const takenIds = attack('A30', 'the prompt id of another, none that is one, and one id twice at once', {
  by: accounts,
  attempt: async ({ attacker, treasure, victim }) => {
    const before = (await victim.ask('GET', `/history/${treasure.jobId}`)).body
    for (const prompt_id of ['not-a-uuid', '../x', 5, {}]) {
      refused(await attacker.post('/prompt', { prompt: savedPicture('taken'), prompt_id }), JSON.stringify(prompt_id))
    }
    const send = () => attacker.post('/prompt', { prompt: savedPicture('taken'), prompt_id: treasure.jobId })
    for (const reply of await Promise.all([send(), send()])) {
      if (reply.status !== 200) refused(reply)
      else expect(parseRecord(JSON.parse(reply.body)).prompt_id).not.toBe(treasure.jobId)
    }
    expect((await victim.ask('GET', `/history/${treasure.jobId}`)).body).toBe(before)
  },
  control: async ({ victim }) => {
    const prompt_id = crypto.randomUUID()
    const reply = await victim.post('/prompt', { prompt: savedPicture('own-id'), prompt_id })
    expect(parseRecord(JSON.parse(reply.body)).prompt_id).toBe(prompt_id)
    return reply
  },
})

/** Nodes that ComfyUI runs and remembers, as it tells them in `execution_cached`. */
async function cachedFor(actor: Scene['attacker'], color: number): Promise<string> {
  const clientId = crypto.randomUUID()
  using socket = await actor.opens(`?clientId=${clientId}`)
  const graph = savedPicture('repeated', color)
  const { body } = await actor.post('/prompt', { prompt: graph, client_id: clientId })
  await socket.hears('"execution_success"')
  const id = String(parseRecord(JSON.parse(body)).prompt_id)
  const told = socket.frames.find((frame) => frame.includes('execution_cached') && frame.includes(id))
  return JSON.stringify(parseRecord(parseRecord(JSON.parse(told ?? '{}')).data).nodes)
}

let color = 1_000

const cache = attack('A37', 'a graph of another tenant again, to see whether it was cached', {
  by: runners,
  attempt: async ({ attacker, victim }) => {
    color += 1
    expect(await cachedFor(victim, color)).toBe('[]')
    expect(await cachedFor(attacker, color)).toBe('[]')
  },
  control: async ({ victim }) => {
    // ComfyUI keeps what the last prompt used: her own comes last, and then once more.
    await cachedFor(victim, color)
    expect(JSON.parse(await cachedFor(victim, color)).length).toBeGreaterThan(0)
    return victim.ask('GET', '/history')
  },
})

const together = 20

const race = attack('A38', 'results of others through shared node instances, when many submit at once', {
  by: runners,
  attempt: async ({ attacker, victim }) => {
    const runsMany = (actor: Scene['attacker'], name: string) =>
      Promise.all(
        Array.from({ length: together }, async (_, index) => {
          const { body } = await actor.post('/prompt', { prompt: savedPicture(`${name}-${index}`, index) })
          return String(parseRecord(JSON.parse(body)).prompt_id)
        }),
      )
    const [hers, his] = await Promise.all([runsMany(victim, 'hers-race'), runsMany(attacker, 'own-race')])
    const entryOf = (actor: Scene['attacker'], id: string) =>
      until(async () => {
        const { body } = await actor.ask('GET', `/history/${id}`)
        return body === '{}' ? undefined : body
      })
    for (const id of hers) expect(await entryOf(victim, id)).not.toContain('own-race')
    for (const [index, id] of his.entries()) {
      const entry = await entryOf(attacker, id)
      expect(entry).not.toContain('hers-race')
      expect(entry).toContain(`own-race-${index}_`)
    }
  },
  control: ({ victim }) => victim.ask('GET', '/view?type=output&filename=hers-race-0_00001_.png'),
})

export const graphs: Family = {
  name: 'graphs',
  world: {
    config: (config) => ({ ...config, limits: { ...config.limits, pending_jobs: 2_000, requests_in_flight: 1_000 } }),
  },
  attacks: [prefixesOfFiles, reading, takenIds, cache, race],
}
