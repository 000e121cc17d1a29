/** What does a ledger test need? A real database, the real normaliser, a fake ComfyUI, and people. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FolderKey, TenantId, UserId } from '@gatehouse/shared/ids'
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { Principal } from '@gatehouse/shared/principal'
import { rolePermissions } from '@gatehouse/shared/roles'
import { createLedger, type Ledger, type LedgerDependencies } from '../../sidecar/src/ledger/create-ledger.ts'
import { type Clock, systemClock } from '../../sidecar/src/ledger/ports.ts'
import { tenantSecrets } from '../../sidecar/src/ledger/tenant-secrets.ts'
import type { Upstream } from '../../sidecar/src/ledger/upstream.ts'
import type { Answer } from '../../sidecar/src/policy/answer.ts'
import { parseNodeDecisions } from '../../sidecar/src/prompt/catalogue/admissions.ts'
import { defaultGraphLimits } from '../../sidecar/src/prompt/contract.ts'
import { toOwnNodeId } from '../../sidecar/src/prompt/node-ids.ts'
import { normalisePrompt } from '../../sidecar/src/prompt/normalise.ts'
import { parseRoleRules } from '../../sidecar/src/prompt/role-rules.ts'
import { ownRefusal } from '../../sidecar/src/prompt/upstream-refusal.ts'
import { createFileStore } from '../../sidecar/src/store/sql/files.ts'
import { createJobStore } from '../../sidecar/src/store/sql/jobs.ts'
import { openDatabase } from '../../sidecar/src/store/sql/open-database.ts'
import { parseUpstreamJson } from '../../sidecar/src/transform/lossless-json.ts'
import { createOwnNames } from '../../sidecar/src/transform/own-names.ts'
import { FakeComfyui } from './fake-comfyui.ts'

export const instanceSecret = 'instance-secret-of-the-tests'

/** alice and ann share a tenant; bob and carol have one of their own. */
export const alice = person('alice', 'acme', 'a')
export const ann = person('ann', 'acme', 'a')
export const bob = person('bob', 'birch', 'b')
export const carol = person('carol', 'cedar', 'c')

function person(name: string, tenant: string, letter: string): Principal {
  const userId = name as UserId
  return {
    identity: { userId, method: 'session', credentialId: `session-of-${name}`, provenAtMs: 0 },
    userId,
    userName: name,
    tenant: { id: tenant as TenantId, label: tenant, folderKey: letter.repeat(20) as FolderKey },
    role: 'user',
    permissions: rolePermissions.user,
  }
}

const classes = new Map<string, JsonObject>([
  [
    'EmptyImage',
    {
      input: { required: { width: ['INT', {}], height: ['INT', {}], batch_size: ['INT', {}], color: ['INT', {}] } },
      output: ['IMAGE'],
      output_node: false,
      python_module: 'nodes',
    },
  ],
  [
    'PreviewImage',
    { input: { required: { images: ['IMAGE'] } }, output: [], output_node: true, python_module: 'nodes' },
  ],
  [
    'SaveImage',
    {
      input: { required: { images: ['IMAGE'], filename_prefix: ['STRING', {}] } },
      output: [],
      output_node: true,
      python_module: 'nodes',
    },
  ],
])

/** A graph of two nodes; `mark` makes it recognisable inside ComfyUI. */
export function graph(mark: number, extra: JsonObject = {}): JsonObject {
  return {
    prompt: {
      '1': { class_type: 'EmptyImage', inputs: { width: 64, height: 64, batch_size: 1, color: mark } },
      '2': { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
    },
    ...extra,
  }
}

export function nodeId(who: Principal, own: string): string {
  return tenantSecrets(instanceSecret, who.tenant.id).nodePrefix + own
}

export function namesOf(tenant: Pick<Principal['tenant'], 'id' | 'folderKey'>) {
  const options = { folderKey: tenant.folderKey, ...tenantSecrets(instanceSecret, tenant.id) }
  const names = createOwnNames(options)
  return {
    ownNode: (id: string) => toOwnNodeId(options.nodePrefix, id),
    ownText: names.ownText,
    ownOutputs: names.ownOutputs,
    ownRefusal: (refusal: JsonObject) => ownRefusal(refusal, options),
  }
}

export const normalise: LedgerDependencies['normalise'] = async (
  body,
  { tenant, role, permissions },
  { comfyUsageSource },
) =>
  normalisePrompt(body, {
    ...{
      folderKey: tenant.folderKey,
      ...tenantSecrets(instanceSecret, tenant.id),
      role,
      forRole: parseRoleRules(),
      permissions,
      comfyUsageSource,
    },
    objectInfo: { version: '1', classes },
    ...parseNodeDecisions({ admit: [], refuse: [], allow_code_execution: [] }),
    limits: defaultGraphLimits,
    tempNames: new Map(),
    allowPickles: [],
    embeddings: [],
  })

/** Requests as the forwarder makes them, without its headers. */
export function upstreamAt(url: () => string): Upstream {
  return {
    postJson: async (path, body) => {
      const answer = await fetch(`${url()}${path}`, { method: 'POST', body, keepalive: false })
      return { status: answer.status, text: await answer.text() }
    },
    getJson: async (path) => {
      const answer = await fetch(`${url()}${path}`)
      const body = await answer.text()
      return { status: answer.status, value: body === '' ? null : parseUpstreamJson(body) }
    },
  }
}

export interface LedgerWorld {
  readonly comfyui: FakeComfyui
  readonly ledger: Ledger
  readonly dataDir: string
  /** Ends the ledger and opens another on the same database. */
  reopen(): Promise<Ledger>
  [Symbol.asyncDispose](): Promise<void>
}

export interface WorldOptions {
  readonly worker?: string
  readonly isHome?: LedgerDependencies['isHome']
  readonly mayStillRun?: LedgerDependencies['mayStillRun']
  readonly judgeArrival?: LedgerDependencies['judgeArrival']
  readonly maxPendingCount?: number
  readonly clock?: Clock
  readonly keepFinishedCount?: number
}

export async function startLedgerWorld(options: WorldOptions = {}): Promise<LedgerWorld> {
  const comfyui = new FakeComfyui()
  await comfyui.listen()
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-ledger-'))
  let open = await openLedger(dataDir, () => comfyui.url, options)
  return {
    comfyui,
    dataDir,
    get ledger() {
      return open.ledger
    },
    reopen: async () => {
      await open.close()
      open = await openLedger(dataDir, () => comfyui.url, options)
      return open.ledger
    },
    [Symbol.asyncDispose]: async () => {
      await open.close()
      await comfyui[Symbol.asyncDispose]()
      await rm(dataDir, { recursive: true })
    },
  }
}

export async function openLedger(dataDir: string, url: () => string, options: WorldOptions = {}) {
  const { db, close } = await openDatabase(dataDir)
  const ledger = await createLedger({
    worker: options.worker ?? 'default',
    isHome: options.isHome ?? (async () => true),
    store: createJobStore(db, options.worker),
    files: createFileStore(db, options.worker),
    upstream: upstreamAt(url),
    normalise,
    namesOf,
    mayStillRun: options.mayStillRun ?? (async () => true),
    judgeArrival: options.judgeArrival ?? (async () => undefined),
    takePromptTurn: () => ({ mayPost: true, rate: { perMinute: 1, burst: 1 }, leftCount: 1, waitSeconds: 0 }),
    limitsOf: () => ({ maxPendingCount: options.maxPendingCount ?? 100, weight: 1 }),
    instanceSecret,
    clock: options.clock ?? systemClock,
    log: { info: () => undefined, error: () => undefined },
    ...(options.keepFinishedCount === undefined ? {} : { keepFinishedCount: options.keepFinishedCount }),
  })
  return {
    ledger,
    close: async () => {
      ledger.close()
      await close()
    },
  }
}

export const noKey = { idempotencyKey: undefined, comfyUsageSource: undefined }

/** The body of a JSON answer. */
export function bodyOf(answer: Answer): Readonly<Record<string, Json>> {
  if (answer.kind !== 'json') throw new Error(`not a JSON answer: ${answer.kind}`)
  return answer.value as Readonly<Record<string, Json>>
}

/** Queues and gives the public id back. */
export async function submitted(ledger: Ledger, who: Principal, body: JsonObject): Promise<string> {
  const answer = await ledger.jobsOf(who).submit(body, noKey)
  const id = bodyOf(answer).prompt_id
  if (typeof id !== 'string') throw new Error(`not queued: ${JSON.stringify(answer)}`)
  return id
}

/** The marks of what waits in ComfyUI, in the order in which it will run. */
export function marks(comfyui: FakeComfyui): readonly unknown[] {
  return comfyui.order().map((item) => Object.values(item.prompt)[0]?.inputs.color)
}
