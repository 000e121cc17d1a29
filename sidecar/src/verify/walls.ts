/** Does each wall hold? The second of the two looks for, asks about and lays hands on what the first left behind. */
import { randomUUID } from 'node:crypto'
import { type Deeds, graph } from './deeds.ts'
import { type Finding, holds, open, unknown } from './finding.ts'
import type { Pair } from './throw-away.ts'
import type { Answer, Visitor } from './visitor.ts'

export async function tryWalls(pair: Pair, deeds: Deeds): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const check of [lookAround, askByName, layHands, borrow, listen]) findings.push(...(await check(pair, deeds)))
  return findings
}

const listings: Readonly<Record<string, readonly string[]>> = {
  history: ['/history', '/history?max_items=200'],
  queue: ['/queue', '/prompt'],
  jobs: ['/api/jobs', '/api/jobs?status=completed,failed,cancelled,pending,in_progress'],
  files: ['/internal/files/input', '/internal/files/output', '/object_info', '/object_info/LoadImage'],
  workflows: ['/userdata?dir=workflows', '/v2/userdata', '/userdata?dir=.&recurse=true'],
  settings: ['/settings'],
  logs: ['/internal/logs', '/internal/logs/raw'],
}

async function lookAround({ other, owner, marker }: Pair, { jobId }: Deeds): Promise<readonly Finding[]> {
  const traces = [marker, owner.folderKey, ...(jobId === undefined ? [] : [jobId])]
  const findings: Finding[] = []
  for (const [name, paths] of Object.entries(listings)) {
    const found: string[] = []
    for (const path of paths.flatMap(underBoth)) {
      const { text } = await other.get(path)
      if (traces.some((trace) => text.includes(trace))) found.push(path)
    }
    findings.push(
      found.length === 0
        ? holds(name, `The other found nothing of the first in the ${name} lists.`)
        : open(name, `The other FOUND traces of the first in ${found.join(', ')}.`),
    )
  }
  return findings
}

/** "Not yours" and "not there" are the same bytes. */
async function askByName({ other, marker }: Pair, deeds: Deeds): Promise<readonly Finding[]> {
  const { picture, jobId, outputs, temp } = deeds
  const view = (type: string) => (visitor: Visitor, name: string) =>
    visitor.get(`/view?type=${type}&filename=${encodeURIComponent(name)}`)
  const [output] = outputs
  const [preview] = temp
  const unheardOf = marker.replace(/[0-9a-f]/g, '0')
  const absent = (name: string): string => name.replace(marker, unheardOf)
  return [
    await compare('jobs by id', jobId, randomUUID(), (id) => other.get(`/api/jobs/${id}`)),
    await compare('history by id', jobId, randomUUID(), (id) => other.get(`/history/${id}`)),
    await compare('inputs', picture, absent(picture ?? ''), (name) => view('input')(other, name)),
    await compare('outputs', output, absent(output ?? ''), (name) => view('output')(other, name)),
    await compare('previews', preview, preview?.replace(/[0-9a-f]/g, '0'), (name) => view('temp')(other, name)),
    await compare('workflows by name', marker, unheardOf, (name) => other.get(`/userdata/workflows%2F${name}.json`)),
  ]
}

async function layHands({ owner, other }: Pair, { jobId }: Deeds): Promise<readonly Finding[]> {
  if (jobId === undefined) return [unknown('interference', 'No job ran, so nobody could interfere with one.')]
  const deeds: readonly (readonly [string, unknown])[] = [
    ['/history', { delete: [jobId] }],
    ['/history', { clear: true }],
    ['/queue', { delete: [jobId] }],
    ['/queue', { clear: true }],
    ['/interrupt', { prompt_id: jobId }],
    [`/api/jobs/${jobId}/cancel`, {}],
  ]
  for (const [path, body] of deeds) for (const both of underBoth(path)) await other.send('POST', both, body)
  const { text } = await owner.get(`/history/${jobId}`)
  return [
    text.includes(jobId)
      ? holds('interference', "The other could neither delete, clear, cancel nor interrupt the first one's job.")
      : open('interference', "The other REMOVED the first one's job from their history."),
  ]
}

/** A graph of one's own that names somebody else's file. */
async function borrow({ owner, other, marker }: Pair, { picture }: Deeds): Promise<readonly Finding[]> {
  if (picture === undefined) return [unknown('graphs', 'No upload succeeded, so no graph could name one.')]
  const names = [picture, `${owner.folderKey}/${picture}`, `../${owner.folderKey}/${picture}`, `${picture} [input]`]
  const taken: string[] = []
  for (const name of names) {
    const prompt = {
      '1': { class_type: 'LoadImage', inputs: { image: name } },
      '2': { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
    }
    const answer = await other.send('POST', '/prompt', { prompt })
    if (answer.status === 200) taken.push(name)
    if (answer.status === 429)
      return [unknown('graphs', 'The rate limit ended the trial of graphs; run it again later.')]
  }
  // Only the preview: nobody would take back what the other saves.
  const cached = await other.send('POST', '/prompt', { prompt: graph(marker), partial_execution_targets: ['3'] })
  const says = cached.text.includes(owner.folderKey) ? [`the same graph (${marker})`] : []
  return [
    [...taken, ...says].length === 0
      ? holds('graphs', "No graph of the other could read the first one's file, however it was spelled.")
      : open('graphs', `A graph of the other READ the first one's file as ${[...taken, ...says].join(', ')}.`),
  ]
}

async function listen({ owner, marker }: Pair, { jobId, heardByOther }: Deeds): Promise<readonly Finding[]> {
  if (jobId === undefined) return [unknown('events', 'No job ran, so nothing could be heard of one.')]
  const traces = [jobId, owner.folderKey, `${marker}_`]
  return [
    traces.some((trace) => heardByOther.includes(trace))
      ? open('events', "The other HEARD events of the first one's job on a socket of the same client id.")
      : holds('events', "The other heard nothing of the first one's job, not even under the same client id."),
  ]
}

async function compare(
  what: string,
  foreign: string | undefined,
  absent: string | undefined,
  ask: (name: string) => Promise<Answer>,
): Promise<Finding> {
  if (foreign === undefined || absent === undefined)
    return unknown(what, `There was nothing to ask about for ${what}: the trial before it did not succeed.`)
  const [one, other] = [await ask(foreign), await ask(absent)]
  const isSame = one.whole.replaceAll(foreign, '') === other.whole.replaceAll(absent, '')
  return isSame
    ? holds(what, `Asked for by name, ${what} of another and what never was give the same answer (${one.status}).`)
    : open(
        what,
        `Asked for by name, ${what} of another can be TOLD from what never was (${one.status}, ${other.status}).`,
      )
}

function underBoth(path: string): readonly string[] {
  return path.startsWith('/api/') || path.startsWith('/internal/') ? [path] : [path, `/api${path}`]
}
