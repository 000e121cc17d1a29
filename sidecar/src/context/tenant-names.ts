/** How do one tenant's names differ from ComfyUI's, and how is one prompt judged? The prompt folder, bound to the ledger's ports. */
import type { Principal } from '@gatehouse/shared/principal'
import type { LiveConfig, RoleLimits } from '../config/live-config.ts'
import type { Normalise, TenantNames, TenantRef } from '../ledger/ports.ts'
import { tenantSecrets } from '../ledger/tenant-secrets.ts'
import type { MayPass } from '../policy/report-only.ts'
import type { SharedFacts } from '../policy/world.ts'
import { parseNodeDecisions } from '../prompt/catalogue/admissions.ts'
import { defaultGraphLimits, type GraphLimits } from '../prompt/contract.ts'
import { readEmbeddings } from '../prompt/embedding-files.ts'
import { namesEmbedding } from '../prompt/embeddings.ts'
import { toOwnNodeId } from '../prompt/node-ids.ts'
import { normaliseInTurns } from '../prompt/normalise.ts'
import type { TriedRules } from '../prompt/role-rules.ts'
import { collectTempNames, promptOf } from '../prompt/temp-names.ts'
import { ownRefusal } from '../prompt/upstream-refusal.ts'
import type { FileStore } from '../store/file-store.ts'
import { createOwnNames } from '../transform/own-names.ts'
import type { PublishedFor } from './published-for.ts'
import { roleRulesOf, triedRulesOf } from './role-rules.ts'

export interface NamesDependencies {
  readonly instanceSecret: string
  readonly live: LiveConfig
  readonly files: FileStore
  readonly facts: SharedFacts
  readonly publishedFor: PublishedFor
  readonly mayPass: MayPass
}

export interface Naming {
  readonly namesOf: (tenant: TenantRef) => TenantNames
  readonly normalise: Normalise
}

export function createNaming(dependencies: NamesDependencies): Naming {
  const { instanceSecret, live, files, facts, publishedFor, mayPass } = dependencies
  const triedBy = (principal: Principal): TriedRules | undefined => {
    const forRole = triedRulesOf(live.current(), principal.role)
    return forRole === undefined
      ? undefined
      : { forRole, note: (rule, target) => void mayPass(rule, { principal, target }) }
  }
  const bound = (tenant: TenantRef) => ({ folderKey: tenant.folderKey, ...tenantSecrets(instanceSecret, tenant.id) })
  return {
    namesOf: (tenant) => {
      const own = bound(tenant)
      const names = createOwnNames(own)
      return {
        ownNode: (id) => toOwnNodeId(own.nodePrefix, id),
        ownText: names.ownText,
        ownNodeOutput: names.ownNodeOutput,
        ownOutputs: names.ownOutputs,
        ownRefusal: (refusal) => ownRefusal(refusal, own),
      }
    },
    normalise: async (body, principal, { comfyUsageSource }) => {
      const wanted = collectTempNames(body)
      const found = await Promise.all(
        wanted.map(async (name) => [name, await files.upstreamTempName(principal.tenant.id, name)] as const),
      )
      return normaliseInTurns(body, {
        ...bound(principal.tenant),
        objectInfo: await facts.objectInfo(),
        ...parseNodeDecisions(live.current().nodes),
        role: principal.role,
        forRole: roleRulesOf(live.current(), principal.role),
        tried: triedBy(principal),
        permissions: principal.permissions,
        published: await publishedFor(principal),
        limits: graphLimits(live.limitsOf(principal.role)),
        tempNames: new Map(found.flatMap(([name, upstream]) => (upstream === undefined ? [] : [[name, upstream]]))),
        allowPickles: live.current().models.allow_pickles,
        embeddings: namesEmbedding(promptOf(body)) ? await readEmbeddings(facts) : [],
        comfyUsageSource,
      })
    },
  }
}

function graphLimits(limits: RoleLimits): GraphLimits {
  return {
    ...defaultGraphLimits,
    nodes: limits.nodes_per_prompt,
    depth: limits.chain_depth,
    stringLength: limits.text_length,
    promptTextLength: limits.prompt_text_length,
    listLength: limits.list_length,
    files: limits.files_per_prompt,
    bodyBytes: limits.json_body,
    megapixels: limits.megapixels,
    batch: limits.batch_size,
    heldMegapixels: limits.held_megapixels,
    workMegapixels: limits.work_megapixels,
  }
}
