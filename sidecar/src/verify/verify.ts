/** Are tenants kept apart in this running installation? The story of `gatehouse verify`, one call per look. */
import { isObject } from '../transform/json-shape.ts'
import { parseUpstreamJson } from '../transform/lossless-json.ts'
import { leaveTraces, takeBack } from './deeds.ts'
import { judgeNodes, judgeSurroundings, type Surroundings, tryDoor } from './door.ts'
import { type Finding, unknown, weak } from './finding.ts'
import { type LeftOvers, removeLeftOvers } from './left-overs.ts'
import { createPair, type Pair, type PairDependencies } from './throw-away.ts'
import { createVisitor, type Visitor } from './visitor.ts'
import { tryWalls } from './walls.ts'

/** The caller holds the lock of trials. */
export interface VerifyOptions extends PairDependencies {
  /** Names of those whose walls are tried. */
  readonly workers: readonly string[]
  /** Why which workers are left out; undefined: none is. */
  readonly leftOut: string | undefined
  readonly surroundings: Surroundings
  readonly mayRun: (className: string, pack: string) => boolean
}

/** Leaves nothing behind but what it names. @throws TypeError when nothing answers at the address */
export async function verify(options: VerifyOptions): Promise<readonly Finding[]> {
  const { trials, address, workers, leftOut, surroundings } = options
  const before = leftBehind(await removeLeftOvers(trials))
  const stranger = createVisitor({ name: 'a stranger', address, key: undefined, folderKey: '' })
  const findings = [...before, ...(await tryDoor(stranger))]
  const isOne = surroundings.comfyuis.length === 1
  for (const worker of workers) {
    const found = await tryWorker(options, worker)
    findings.push(...(isOne ? found : found.map((finding) => onWorker(worker, finding))))
  }
  if (leftOut !== undefined) findings.push(unknown('workers', leftOut))
  return [...findings, ...judgeSurroundings(surroundings)]
}

async function tryWorker(options: VerifyOptions, worker: string): Promise<readonly Finding[]> {
  await using pair = await createPair(options, worker)
  const state = await stateFor(pair.owner)
  // Whoever finds nothing where nothing answers has shown nothing.
  if (state !== 'up') return [unknown('worker', `Nothing was tried: this ComfyUI is ${state}. Start it and try again.`)]
  const walls = await lookAcross(pair, options.surroundings.isShared)
  return [...walls, await judgeNodes(pair.owner, options.mayRun)]
}

async function stateFor(visitor: Visitor): Promise<string> {
  const { status, text } = await visitor.get('/health')
  const health = status === 200 ? parseUpstreamJson(text) : undefined
  return isObject(health) && typeof health.worker === 'string' ? health.worker : 'in an unknown state'
}

function onWorker(worker: string, finding: Finding): Finding {
  return { ...finding, worker, sentence: `On ${worker}: ${finding.sentence}` }
}

async function lookAcross(pair: Pair, isShared: boolean): Promise<readonly Finding[]> {
  if (isShared) return [unknown('walls', 'tenancy.mode is shared, so there is no wall between tenants to try.')]
  const deeds = await leaveTraces(pair)
  try {
    const tried = deeds.problem === undefined ? [] : [unknown('job', `No job ran: ${deeds.problem}.`)]
    return [...tried, ...(await tryWalls(pair, deeds)), ...remains(await takeBack(pair, deeds))]
  } catch (error) {
    await takeBack(pair, deeds)
    throw error
  }
}

const cure = 'Delete them by hand, or let Gatehouse delete files: see docs/operating.md.'

function remains(files: readonly string[]): readonly Finding[] {
  if (files.length === 0) return []
  return [weak('clean-up', `These files of the trial remain in ComfyUI's folders: ${files.join(', ')}. ${cure}`)]
}

function leftBehind({ people, folders }: LeftOvers): readonly Finding[] {
  if (people === 0) return []
  const gone = `An earlier trial was ended before its time; the people it left behind (${people}) are removed now.`
  const places = folders.flatMap((key) => [`input/${key}`, `output/${key}`])
  return [
    weak('left-overs', places.length === 0 ? gone : `${gone} Files of theirs may lie in ${places.join(', ')}. ${cure}`),
  ]
}
