/** Are tenants kept apart in this running installation? The story of `gatehouse verify`, one call per look. */
import type { Store } from '../store/store.ts'
import { leaveTraces, takeBack } from './deeds.ts'
import { judgeNodes, judgeSurroundings, type Surroundings, tryDoor } from './door.ts'
import { type Finding, unknown, weak } from './finding.ts'
import { createPair, type Pair } from './throw-away.ts'
import { tryWalls } from './walls.ts'

export interface VerifyOptions {
  readonly store: Store
  /** Where the running sidecar answers, e.g. `http://127.0.0.1:8288`. */
  readonly address: string
  readonly surroundings: Surroundings
  readonly mayRun: (className: string, pack: string) => boolean
  readonly now: () => number
}

/** Leaves nothing behind but what it names. @throws TypeError when nothing answers at the address */
export async function verify(options: VerifyOptions): Promise<readonly Finding[]> {
  await using pair = await createPair(options)
  const door = await tryDoor(pair.stranger)
  const walls = await lookAcross(pair, options.surroundings.isShared)
  const nodes = await judgeNodes(pair.owner, options.mayRun)
  return [...door, ...walls, nodes, ...judgeSurroundings(options.surroundings)]
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

function remains(files: readonly string[]): readonly Finding[] {
  if (files.length === 0) return []
  const cure = 'Delete them by hand, or let Gatehouse delete files: see docs/operating.md.'
  return [weak('clean-up', `These files of the trial remain in ComfyUI's folders: ${files.join(', ')}. ${cure}`)]
}
