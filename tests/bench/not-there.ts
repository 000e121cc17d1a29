/** Can a clock tell "not yours" from "not there"? How often an answer about another's thing takes longer than one about nothing. */
import { randomInt, randomUUID } from 'node:crypto'
import { onePixel, savedPicture } from '../support/graphs.ts'
import { createWorld, type World } from '../support/world.ts'
import { median } from './load.ts'
import type { Row } from './report.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
const perRound = Number(process.env.BENCH_REPEATS ?? 400)
const warmUpCount = 200

interface Question {
  readonly about: string
  /** Not a wall: shows that the clock would tell, were there anything to tell. */
  readonly isControl?: boolean
  /** Something of alice's. */
  readonly foreign: string
  /** The same form of name, of something that never was; another one each time where the name is an id. */
  absent(): string
  ask(thing: string): Promise<Response>
}

/**
 * The probability that an answer about a foreign thing takes longer than one about an absent thing (Mann-Whitney): 0.50
 * when time tells nothing. Questions are interleaved at random, so that a slow moment of the machine hits both.
 */
export async function notThereRows(): Promise<readonly Row[]> {
  await using world = await createWorld()
  const rows: Row[] = []
  for (const question of await questionsOf(world)) {
    const told: number[] = []
    for (let round = 0; round < rounds; round += 1) told.push(await howOftenLonger(question))
    rows.push({
      what: `${question.about}: how far from a coin flip`,
      value: Math.abs(median(told) - 0.5),
      ...(question.isControl === true
        ? { must: '>= 0.10', excellent: '>= 0.20' }
        : { must: '<= 0.05', excellent: '<= 0.03' }),
    })
  }
  return rows
}

async function questionsOf(world: World): Promise<readonly Question[]> {
  const { alice, bob } = world
  await alice.uploads('portrait.png', onePixel)
  const job = await alice.queues(savedPicture('portrait'))
  await job.finishes()
  world.practice.hold()
  const running = await alice.queues(savedPicture('runs'))
  const waiting = await alice.queues(savedPicture('waits'))
  await alice.post('/userdata/workflows%2Fplan.json', { nodes: [] })
  const post = (path: string, body: unknown) => bob.post(path, body)
  const byId = { absent: () => randomUUID() }
  const picture = { foreign: 'portrait.png', absent: () => 'landscap.png' }
  const made = { foreign: 'portrait_00001_.png', absent: () => 'landscap_00001_.png' }
  const copyOf = (name: string) => ({
    prompt: {
      '1': { class_type: 'LoadImage', inputs: { image: name } },
      '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'copy' } },
    },
  })
  const plan = { foreign: 'plan', absent: () => 'none' }
  return [
    { about: 'A/A: two absent ids', ...byId, foreign: randomUUID(), ask: (id) => bob.fetch(`/history/${id}`) },
    {
      about: 'control: her own job, asked by alice',
      isControl: true,
      ...byId,
      foreign: job.id,
      ask: (id) => alice.fetch(`/history/${id}`),
    },
    { about: 'GET /history/{id}', ...byId, foreign: job.id, ask: (id) => bob.fetch(`/history/${id}`) },
    { about: 'GET /api/jobs/{id}', ...byId, foreign: job.id, ask: (id) => bob.fetch(`/api/jobs/${id}`) },
    {
      about: 'POST /api/jobs/{id}/cancel',
      ...byId,
      foreign: waiting.id,
      ask: (id) => post(`/api/jobs/${id}/cancel`, {}),
    },
    { about: 'POST /queue delete', ...byId, foreign: waiting.id, ask: (id) => post('/queue', { delete: [id] }) },
    { about: 'POST /history delete', ...byId, foreign: job.id, ask: (id) => post('/history', { delete: [id] }) },
    { about: 'POST /interrupt', ...byId, foreign: running.id, ask: (id) => post('/interrupt', { prompt_id: id }) },
    { about: 'GET /view input', ...picture, ask: (name) => bob.fetch(`/view?type=input&filename=${name}`) },
    { about: 'GET /view output', ...made, ask: (name) => bob.fetch(`/view?type=output&filename=${name}`) },
    { about: 'POST /prompt with its file', ...picture, ask: (name) => post('/prompt', copyOf(name)) },
    { about: 'GET /userdata', ...plan, ask: (name) => bob.fetch(`/userdata/workflows%2F${name}.json`) },
    {
      about: 'DELETE /userdata',
      ...plan,
      ask: (name) => bob.fetch(`/userdata/workflows%2F${name}.json`, { method: 'DELETE' }),
    },
  ]
}

async function howOftenLonger(question: Question): Promise<number> {
  for (let count = 0; count < warmUpCount; count += 1) await timeOf(question, question.absent())
  const foreign: number[] = []
  const absent: number[] = []
  while (foreign.length < perRound || absent.length < perRound) {
    const isForeign = randomInt(2) === 0
    const into = isForeign ? foreign : absent
    if (into.length < perRound) into.push(await timeOf(question, isForeign ? question.foreign : question.absent()))
  }
  return probabilityOfLonger(foreign, absent)
}

async function timeOf({ ask }: Question, thing: string): Promise<number> {
  const startedMs = performance.now()
  const answer = await ask(thing)
  await answer.arrayBuffer()
  return performance.now() - startedMs
}

function probabilityOfLonger(ones: readonly number[], others: readonly number[]): number {
  const sorted = [...others].sort((a, b) => a - b)
  let longer = 0
  for (const one of ones) longer += countBelow(sorted, one)
  return longer / (ones.length * others.length)
}

function countBelow(sorted: readonly number[], value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}
