/** May this prompt run, and as what does it reach ComfyUI? The story of one `POST /prompt`, one call per judgement. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { runAtOnce, runInTurns, type Stages } from '../transform/in-turns.ts'
import { createOwnNames } from '../transform/own-names.ts'
import type { NormaliseContext, NormaliseResult, Refusal } from './contract.ts'
import { asPublished } from './extra-data.ts'
import { createFoldText } from './fold-text.ts'
import type { Graph } from './graph.ts'
import { findExcess, findGraphExcess, findManyFiles, findManyOutputs } from './limits.ts'
import { findBadLinks } from './links.ts'
import { mapFields } from './map-fields.ts'
import { findTextFiles } from './media-fields.ts'
import { needed } from './needed.ts'
import { toOwnNodeId, toUpstreamNodeId } from './node-ids.ts'
import { findMissingClass, judgeNodes } from './node-policy.ts'
import { parseGraph } from './parse-graph.ts'
import { parseSubmission, type Submission } from './parse-submission.ts'
import { findPickles } from './pickles.ts'
import { findPublished, literalInputs, plainInputs } from './published.ts'
import { type RebuildOptions, rebuildOwn, rebuildUpstream } from './rebuild.ts'
import { refuseAsComfyUI, refuseNodes, refusePrompt } from './refusal.ts'
import { findRefusedModels } from './role-models.ts'
import { findHeavyTexts } from './text-fields.ts'
import { reportTriedRules } from './tried-rules.ts'
import { findExcessiveWork } from './work/judge-work.ts'

/** Judges the parsed body and rebuilds it in ComfyUI's names; the refusal names nodes by the client's own ids. */
export function normalisePrompt(body: Json, context: NormaliseContext): NormaliseResult {
  return runAtOnce(normalise(body, context))
}

/** The same, with pauses in which other requests are served. */
export function normaliseInTurns(body: Json, context: NormaliseContext): Promise<NormaliseResult> {
  return runInTurns(normalise(body, context))
}

function* normalise(body: Json, context: NormaliseContext): Stages<NormaliseResult> {
  const excess = yield* findExcess(body, context.limits)
  if (excess !== undefined) return excess
  const submission = parseSubmission(body, context.comfyUsageSource)
  if (!submission.ok) return submission
  const tooMuch = findGraphExcess(submission.prompt, context.limits)
  if (tooMuch !== undefined) return tooMuch
  const parsed = yield* parseGraph(submission.prompt, {
    names: createOwnNames(context),
    nodePrefix: context.nodePrefix,
  })
  if (!parsed.ok) return parsed
  yield
  const allowed = allow(parsed.graph, submission, context)
  if (!allowed.ok) return allowed
  const { graph } = allowed
  const broken = findMissingClass(graph, context) ?? findBadLinks(graph, context.limits)
  if (broken !== undefined) return broken
  yield
  const judged = yield* judgeGraph(graph, context)
  if ('ok' in judged) return judged
  const outputs = chooseOutputs(graph, submission, context)
  const excessive =
    findManyFiles(graph, judged.rules, context.limits) ??
    findManyOutputs(outputs, context.limits) ??
    findExcessiveWork(needed(outputs, graph), context)
  if (excessive !== undefined) return excessive
  yield
  if (outputs.length === 0) return refuseAsComfyUI('prompt_no_outputs', 'Prompt has no outputs')
  const prompt = rebuildUpstream(graph, { ...context, ...judged })
  yield
  return accept(allowed, { outputs, prompt, rules: judged.rules }, context)
}

function* judgeGraph(
  graph: Graph,
  context: NormaliseContext,
): Stages<Pick<RebuildOptions, 'rules' | 'replacements'> | Refusal> {
  const { rules, faults: policyFaults } = judgeNodes(graph, context)
  yield
  const { replacements, faults: fieldFaults } = mapFields(graph, rules, context)
  yield
  const named = { ...context, graph, rules, fold: createFoldText(graph, context.objectInfo) }
  const models = [...findPickles(named), ...findRefusedModels({ ...named, models: context.forRole.models })]
  const texts = findTextFiles({ graph, rules, objectInfo: context.objectInfo })
  const heavy = yield* findHeavyTexts(graph, context)
  const faults = [...policyFaults, ...fieldFaults, ...models, ...texts, ...heavy]
  if (faults.length > 0) return refuseNodes(faults)
  reportTriedRules(named, context)
  yield
  return { rules, replacements }
}

interface Allowed {
  readonly ok: true
  readonly graph: Graph
  readonly submission: Submission
}

/** Whoever may edit no graph runs what was published: of their own only values of open inputs are left in it. */
function allow(graph: Graph, submission: Submission, context: NormaliseContext): Allowed | Refusal {
  if (context.permissions.has('graph:edit')) return { ok: true, graph, submission }
  const match = findPublished(graph, context.published ?? [])
  if (match === undefined) return refusePrompt(notPublished)
  if (submission.targets !== undefined) return refusePrompt(runsAsWhole)
  const extra = asPublished(submission.extra, match.published.workflow)
  return { ok: true, graph: match.graph, submission: { ...submission, extra } }
}

const notPublished =
  'You may run published workflows only, and this is none of them, or differs from it in more than its open inputs. Open a published one again and change its open inputs only, or ask an administrator for the permission graph:edit.'
const runsAsWhole = 'You may run a published workflow as a whole only. Queue it without partial_execution_targets.'

interface Judged {
  readonly outputs: readonly string[]
  readonly prompt: JsonObject
  readonly rules: RebuildOptions['rules']
}

function accept(
  { graph, submission }: Allowed,
  { outputs, prompt, rules }: Judged,
  context: NormaliseContext,
): NormaliseResult {
  const { extra, clientId, requestedId, requestedNumber, front, targets } = submission
  const upstreamTargets = outputs.map((id) => toUpstreamNodeId(context.nodePrefix, id))
  return {
    ok: true,
    upstream: { prompt, targets: targets === undefined ? undefined : upstreamTargets },
    own: {
      prompt: rebuildOwn(graph),
      extraData: extra.extraData,
      outputsToExecute: outputs,
      clientId,
      requestedId,
      requestedNumber,
      front,
      workflowId: extra.workflowId,
    },
    secrets: extra.secrets,
    openable: () => ({ literal: literalInputs(graph), plain: plainInputs(graph, rules, context.objectInfo) }),
  }
}

/** Own ids of the output nodes that will run (execution.py validate_prompt). */
function chooseOutputs(graph: Graph, submission: Submission, context: NormaliseContext): readonly string[] {
  const targets = submission.targets?.map((id) => toOwnNodeId(context.nodePrefix, id) ?? id)
  const wanted = targets === undefined ? undefined : new Set(targets)
  return [...graph.values()]
    .filter((node) => context.objectInfo.classes.get(node.classType)?.output_node === true)
    .filter((node) => wanted === undefined || wanted.has(node.id))
    .map((node) => node.id)
}
