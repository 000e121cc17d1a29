/** Does a prompt ask for more than its role may: pixels, pictures, memory, work? And for numbers that links smuggle past ComfyUI? */
import type { ObjectInfo } from '../../policy/world.ts'
import { isArray } from '../../transform/json-shape.ts'
import type { GraphLimits, Refusal } from '../contract.ts'
import type { Graph, GraphNode } from '../graph.ts'
import { type NodeFault, refuseNodes, refusePrompt } from '../refusal.ts'
import { encodedTexts, encoderReads } from '../text-fields.ts'
import { type Estimate, estimateGraph } from './estimate.ts'
import type { Made } from './made.ts'
import { expressionOf, type NumberHands } from './numbers.ts'
import { findNumberFaults } from './ranges.ts'
import { passes, workspace } from './rules.ts'

type WorkLimits = Pick<
  GraphLimits,
  'megapixels' | 'batch' | 'heldMegapixels' | 'workMegapixels' | 'stringLength' | 'promptTextLength'
>

const megapixel = 1024 * 1024

interface WorkContext {
  readonly objectInfo: ObjectInfo
  readonly limits: WorkLimits
}

/** Why a graph is refused for what running all of it would cost; undefined when it is within the limits. */
export function findExcessiveWork(graph: Graph, context: WorkContext): Refusal | undefined {
  const { objectInfo, limits } = context
  const faults: NodeFault[] = []
  const estimates = estimateGraph(graph, objectInfo, (node, hands, made) => {
    const numbers = findNumberFaults(node, hands, objectInfo)
    const own = findOwnFaults(node, hands, made, context)
    if (numbers.length === 0 && own.length === 0) return made
    faults.push(...numbers, ...own)
    return cut(made, limits)
  })
  return faults.length > 0 ? refuseNodes(faults) : findTotalExcess(graph, estimates, context)
}

function findOwnFaults(node: GraphNode, hands: NumberHands, made: Made, context: WorkContext): readonly NodeFault[] {
  const { id: nodeId, classType } = node
  const fault = (sentence: string): readonly NodeFault[] => [{ nodeId, classType, sentence }]
  if (!isKnown(made) || !Number.isFinite(passes(hands))) {
    return fault(
      'how much this node makes is known only while the prompt runs. Connect constant numbers or the size of a picture, or type them into the node.',
    )
  }
  const verdict = classType === 'ComfyMathExpression' ? expressionOf(hands) : undefined
  if (verdict === 'too-large') {
    return fault('expression: its result can become too large. Use smaller numbers or a constant exponent.')
  }
  // A part that cannot be read can hide one whose result is too large.
  if (verdict === 'unreadable') {
    return fault('expression: use numbers, values, arithmetic, comparisons and functions of numbers alone.')
  }
  if (classType === 'ManualSigmas' && hands.characters('sigmas') > longestSigmas) {
    return fault(`sigmas: at most ${longestSigmas} characters are read here. Use fewer or shorter numbers.`)
  }
  const { limits, objectInfo } = context
  const tooLong = findLongText(node, hands, context)
  if (tooLong !== undefined) return [tooLong]
  const held = heldBy(node, hands, made, objectInfo)
  if (isWithin(made, limits) && held <= limits.heldMegapixels) return []
  const amounts: readonly (readonly [amount: number, what: string, limit: number])[] = [
    [made.pixels / megapixel, 'megapixels in one picture', limits.megapixels],
    [made.count, 'pictures or frames', limits.batch],
    [made.items, 'entries of a list, for each of which the next nodes run,', limits.batch],
    [made.characters, 'characters in one text', limits.stringLength],
    [held, 'megapixels in memory at once', limits.heldMegapixels],
  ]
  return amounts
    .filter(([amount, , limit]) => amount > limit)
    .slice(0, 1)
    .flatMap(([amount, what, limit]) =>
      fault(
        `up to ${tell(amount)} ${what} are more than the limit of ${limit}. Use less, or ask the operator for more.`,
      ),
    )
}

// re.findall looks at every dot anew (nodes_custom_sampler.py ManualSigmas, 0.33.0): a million of them would keep the
// whole of ComfyUI, its door included, for hours.
const longestSigmas = 5_000

/** A text that other nodes make for a text encoder; what is typed or constant was judged before (text-fields.ts). */
function findLongText(node: GraphNode, hands: NumberHands, { limits, objectInfo }: WorkContext): NodeFault | undefined {
  const longest = limits.promptTextLength
  const info = objectInfo.classes.get(node.classType)
  if (info === undefined || !hands.sources.some(({ characters }) => characters > longest)) return undefined
  const [inputName] = encodedTexts(node, info).find(([name]) => hands.characters(name) > longest) ?? []
  if (inputName === undefined) return undefined
  const sentence = `${inputName}: up to ${tell(hands.characters(inputName))} characters can come from here, and ${encoderReads(longest)}`
  return { nodeId: node.id, classType: node.classType, inputName, sentence }
}

function isKnown(made: Made): boolean {
  return Number.isFinite(made.pixels + made.count + made.items + made.samples + made.characters)
}

function isWithin(made: Made, limits: WorkLimits): boolean {
  return (
    made.pixels <= limits.megapixels * megapixel &&
    made.count <= limits.batch &&
    made.items <= limits.batch &&
    made.characters <= limits.stringLength
  )
}

/** Megapixels of three floats (12 bytes each) that a node keeps in memory, its outputs and what it works with. */
function heldBy(node: GraphNode, hands: NumberHands, made: Made, objectInfo: ObjectInfo): number {
  const info = objectInfo.classes.get(node.classType)
  const outputs = isArray(info?.output) && info.output_node !== true ? info.output : []
  const share = outputs.reduce((sum: number, type) => sum + (typeof type === 'string' ? (shares[type] ?? 0) : 0), 0)
  const pictures = made.pixels * made.count * made.items * (share + workspace(hands) - 1)
  const ofSamples = outputs.includes('AUDIO') ? 1 : outputs.includes('LATENT') ? latentOfSound : 0
  const sound = (made.samples * made.items * ofSamples) / 3
  const text = outputs.includes('STRING') ? (made.characters * made.items) / 12 : 0
  return (pictures + sound + text) / megapixel
}

/** 64 numbers for 1920 samples of two channels (EmptyAceStep1.5LatentAudio), or fewer. */
const latentOfSound = 1 / 60

/** What one pixel of an output takes, compared with a picture's; a latent has 4 to 16 numbers for 64 pixels or more. */
const shares: Readonly<Record<string, number | undefined>> = {
  IMAGE: 1,
  MASK: 1 / 3,
  LATENT: 1 / 12,
  COMFY_MATCHTYPE_V3: 1,
}

/** Megapixels that a node goes over, all its runs together. */
function workOf({ hands, made }: Estimate): number {
  const { widest } = hands
  const pixels = Math.max(made.pixels * made.count * made.items, widest.pixels * widest.count * widest.items)
  return Math.max((pixels * passes(hands)) / megapixel, leastWork * widest.items)
}

/** What starting a node costs, in megapixels. */
const leastWork = 0.02

function findTotalExcess(
  graph: Graph,
  estimates: ReadonlyMap<string, Estimate>,
  { limits, objectInfo }: WorkContext,
): Refusal | undefined {
  let [held, work] = [0, 0]
  for (const node of graph.values()) {
    const estimate = estimates.get(node.id)
    if (estimate === undefined) continue
    held += heldBy(node, estimate.hands, estimate.made, objectInfo)
    work += workOf(estimate)
  }
  if (held > limits.heldMegapixels) {
    return refusePrompt(
      `The nodes of the prompt hold up to ${tell(held)} megapixels in memory together, more than the limit of ${limits.heldMegapixels}. Use smaller or fewer pictures, or split the workflow.`,
    )
  }
  if (work <= limits.workMegapixels) return undefined
  return refusePrompt(
    `The prompt asks for ${tell(work)} megapixels of work (size times pictures times steps), more than the limit of ${limits.workMegapixels}. Use fewer steps, smaller or fewer pictures, or split the workflow.`,
  )
}

/** What the nodes behind a refused one reckon with. */
function cut(made: Made, limits: WorkLimits): Made {
  const most = (value: number, limit: number) => (value <= limit ? value : 1)
  return {
    ...made,
    pixels: most(made.pixels, limits.megapixels * megapixel),
    width: undefined,
    height: undefined,
    count: 1,
    items: 1,
    steps: most(made.steps, 1),
    characters: most(made.characters, limits.stringLength),
    samples: 0,
  }
}

function tell(amount: number): string {
  return amount < 10 ? amount.toFixed(1) : Math.ceil(amount).toString()
}
