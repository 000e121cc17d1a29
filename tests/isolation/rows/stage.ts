/** Where are the rows of the route table put to the proof? A ComfyUI with a Manager, packs, models and work in it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { BuiltInRole } from '@gatehouse/shared/roles'
import { startPracticeComfyui } from '../../practice-comfyui/start.ts'
import { onePixel, savedPicture } from '../../support/graphs.ts'
import { type Person, parseRecord, until } from '../../support/person.ts'
import { startOwnUpstream, wantsRealUpstream } from '../../support/real-upstream.ts'
import { type StandIn, startRecordingProxy } from '../../support/recording-proxy.ts'
import { createWorld, personWithKey, type World, type WorldOptions } from '../../support/world.ts'

export interface Stage extends AsyncDisposable {
  readonly world: World
  readonly people: Readonly<Record<BuiltInRole, Person>>
  /** The ComfyUI, without the wall. */
  readonly comfyui: string
  /** Finished, of Acme. */
  readonly jobId: string
  /** `METHOD url` of what ComfyUI hears meanwhile, its own state polls left out. */
  heardWhile(deed: () => Promise<unknown>): Promise<readonly string[]>
}

export const secret = 'acme-secret'
/** Lies in ComfyUI's own folders, as the operator put it there. */
export const operatorsFile = 'operators-only.png'

export async function createStage(options: Pick<WorldOptions, 'config'> = {}): Promise<Stage> {
  const frontendRoot = mkdtempSync(join(tmpdir(), 'gatehouse-rows-'))
  writeAll(frontendRoot, frontendFiles)
  const practice = wantsRealUpstream()
    ? await startOwnUpstream(frontendRoot)
    : await startPracticeComfyui({ recordRequests: true, frontendRoot })
  const standIns = { ...packs, ...(await flagged(practice.url)) }
  const proxy = await startRecordingProxy(practice.url, ({ method, url }) => standIn(standIns, method, url))
  const made = await createWorld({ ...options, comfyuiUrl: proxy.url })
  const world: World = { ...made, practice: { ...practice, requests: proxy.requests } }
  const people = await enrolRoles(world)
  writeAll(practice.baseDirectory, operatorsFiles)
  writeAll(practice.baseDirectory, tenantModels(world.alice.folderKey))
  await world.alice.uploads(`${secret}.png`, onePixel)
  const job = await world.alice.queues(savedPicture(secret))
  // As a list, which has it in a world without walls as well (red.test.ts).
  await until(async () =>
    (await (await world.alice.fetch('/history')).text()).includes(`${secret}_00001_`) ? true : undefined,
  )
  return {
    world,
    people,
    comfyui: proxy.url,
    jobId: job.id,
    heardWhile: async (deed) => {
      const before = proxy.requests.length
      await deed()
      const heard = proxy.requests.slice(before).map(({ method, url }) => `${method} ${url}`)
      return heard.filter((line) => !/^GET \/(?:object_info|system_stats|ws|history|queue)(?:[/?]|$)/.test(line))
    },
    [Symbol.asyncDispose]: async () => {
      await made[Symbol.asyncDispose]()
      await proxy.close()
      await practice.close()
      rmSync(frontendRoot, { recursive: true, force: true })
    },
  }
}

/** The guest is of Acme: may look at its work, and do nothing. */
async function enrolRoles(world: World): Promise<Readonly<Record<BuiltInRole, Person>>> {
  const enrol = async (name: string, role: BuiltInRole, tenantName: string): Promise<Person> => {
    const member = await world.store.users.add({ name, role, passwordHash: null, tenantName })
    return personWithKey(world.store, { name, address: world.address, folderKey: member.tenant.folderKey }, member)
  }
  return {
    owner: world.olga,
    admin: await enrol('adam', 'admin', 'office'),
    power: await enrol('paula', 'power', 'studio'),
    user: world.bob,
    guest: await enrol('gus', 'guest', 'acme'),
  }
}

type Files = Readonly<Record<string, string | Uint8Array>>

function writeAll(folder: string, files: Files): void {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), bytes)
  }
}

const frontendFiles: Files = {
  'index.html': '<!doctype html><html><head><title>ComfyUI</title></head><body></body></html>',
  'assets/index.js': 'export const asset = 1',
  'fonts/inter.woff2': 'font',
  'cursor/grab.png': 'cursor',
  'materialdesignicons.min.css': '.icons{}',
  'favicon.ico': 'icon',
  'scripts/app.js': 'export const script = 1',
  'extensions/pack/front.js': 'export const pack = 1',
}

const operatorsFiles: Files = {
  [`input/${operatorsFile}`]: onePixel,
  [`output/${operatorsFile}`]: onePixel,
  'custom_nodes/private-pack/config.ini': 'token=1',
  'custom_nodes/private-pack/face.pth': 'weights',
  'datasets/private-faces/a.txt': 'a face',
  'datasets/private-faces/a.pt': 'weights',
  'models/loras/house-style.safetensors': safetensors({ author: 'the operator' }),
  'models/embeddings/house-word.safetensors': safetensors({}),
}

/** A model that a tenant saved carries the prompt it was saved by. */
function tenantModels(folderKey: string): Files {
  return {
    [`output/loras/${folderKey}/${secret}.safetensors`]: safetensors({ prompt: secret }),
    [`models/embeddings/${folderKey}/${secret}.safetensors`]: safetensors({ prompt: secret }),
  }
}

function safetensors(metadata: Readonly<Record<string, string>>): Uint8Array {
  const header = Buffer.from(JSON.stringify({ __metadata__: metadata }))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header])
}

const json = (value: unknown): StandIn => ({ status: 200, type: 'application/json', body: JSON.stringify(value) })

export const blueprint = { source: 'pack', name: 'Blur twice', info: { node_pack: 'pack' } }
export const replacements = { OldNode: [{ new_node_id: 'NewNode', old_node_id: 'OldNode' }] }

/** What packs, the packages of templates and documents, and a ComfyUI with several users of its own answer. */
const packs: Readonly<Record<string, StandIn>> = {
  'GET /workflow_templates': json({ pack: ['example'] }),
  'GET /api/workflow_templates/pack/example.json': json({ nodes: ['example'] }),
  'GET /docs/KSampler/en.md': { status: 200, type: 'text/markdown', body: '# KSampler' },
  'GET /templates/first.json': json({ nodes: ['template'] }),
  'GET /i18n': json({ de: { nodeDefs: { KSampler: { display_name: 'Abtaster' } } } }),
  'GET /global_subgraphs': json({ blur: blueprint }),
  'GET /global_subgraphs/blur': json({ ...blueprint, data: '{"nodes":[]}' }),
  'GET /node_replacements': json(replacements),
  'GET /users': json({ storage: 'server', users: { operators_1: 'operators-other-user' } }),
  'POST /users': json('eve_1'),
  'GET /user.css': { status: 200, type: 'text/css', body: 'body { color: red }' },
  'GET /experiment/models/preview/loras/0/house-style.safetensors': {
    status: 200,
    type: 'image/webp',
    body: 'house picture',
  },
}

const manager = /^\/(?:v2\/)?(?:customnode|manager|snapshot|externalmodel|comfyui_manager)\//
const foreignPreview = /^\/experiment\/models\/preview\/loras\/1\/[a-z0-9]{20}\//

function standIn(answers: Readonly<Record<string, StandIn>>, method: string, url: string): StandIn | undefined {
  const path = decodeURIComponent(url.split('?')[0] ?? '')
  const own = path.replace(/^\/api(?!\/workflow_templates\/)/, '')
  if (manager.test(own)) return json({ managed: own })
  if (/^\/assets$|^\/tags$|^\/assets\/(?!index\.js)/.test(own)) return json({ asset: `${secret}.png` })
  if (foreignPreview.test(own)) return { status: 200, type: 'image/webp', body: secret }
  return answers[`${method} ${own}`]
}

/** A ComfyUI that was started with the Manager and with assets. */
async function flagged(practice: string): Promise<Readonly<Record<string, StandIn>>> {
  const ask = async (path: string) => parseRecord(await (await fetch(`${practice}${path}`)).json())
  const stats = await ask('/system_stats')
  const system = parseRecord(stats.system)
  const argv = ['/srv/host-path/main.py', '--enable-manager', '--base-directory', '/srv/host-path']
  return {
    'GET /system_stats': json({ ...stats, system: { ...system, argv, new_field: '/srv/host-path' } }),
    'GET /features': json({
      extension: { manager: { supports_v4: true } },
      ...(await ask('/features')),
      ...{ assets: true, new_flag: '/srv/host-path' },
    }),
  }
}
