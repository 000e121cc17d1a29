/** Does the door hold, and does anything lie open beside it? Strangers, ports, modes, packs. */
import { coreClasses, isCoreModule } from '../prompt/catalogue/core-classes.ts'
import { isObject } from '../transform/json-shape.ts'
import { parseUpstreamJson } from '../transform/lossless-json.ts'
import { type Finding, holds, open, unknown, weak } from './finding.ts'
import type { Visitor } from './visitor.ts'

const closedToStrangers = [
  '/',
  '/queue',
  '/api/history',
  '/object_info',
  '/view?filename=x.png',
  '/api/userdata?dir=workflows',
  '/settings',
  '/internal/logs',
  '/ws',
  '/extensions/x/y.js',
]

export async function tryDoor(stranger: Visitor): Promise<readonly Finding[]> {
  const let200: string[] = []
  for (const path of closedToStrangers) if ((await stranger.get(path)).status === 200) let200.push(path)
  const run = await stranger.send('POST', '/prompt', { prompt: {} })
  if (run.status !== 401) let200.push('POST /prompt')
  return [
    let200.length === 0
      ? holds('door', 'A stranger got nothing but the login page.')
      : open('door', `A stranger was LET IN at ${let200.join(', ')}.`),
  ]
}

/** One ComfyUI, and where it answers strangers. */
export interface ComfyuiPorts {
  readonly url: URL
  readonly openPorts: readonly { readonly address: string; readonly isExposed: boolean }[]
}

export interface Surroundings {
  readonly comfyuis: readonly ComfyuiPorts[]
  readonly isShared: boolean
  readonly isPlainHttp: boolean
  readonly listensBeyondLoopback: boolean
  /** Where it is kept, and whether others than its owner may read it; undefined where the system cannot tell. */
  readonly dataDir: { readonly path: string; readonly isReadableByOthers: boolean | undefined }
  readonly allowedEvents: readonly string[]
  readonly sharedRoutes: readonly string[]
}

export function judgeSurroundings(facts: Surroundings): readonly Finding[] {
  return [...facts.comfyuis.map(ports), ...modes(facts), ...additions(facts)]
}

function ports({ openPorts, url }: ComfyuiPorts): Finding {
  const exposed = openPorts.filter(({ isExposed }) => isExposed)
  const local = openPorts.filter(({ isExposed }) => !isExposed)
  const guard = 'install the companion pack: gatehouse install COMFYUI_DIR'
  if (exposed.length > 0)
    return open(
      'ports',
      `ComfyUI ANSWERS ANYBODY at ${exposed.map(({ address }) => address).join(', ')}, around this login. Start it with --listen 127.0.0.1, or ${guard}.`,
    )
  if (local.length > 0)
    return weak(
      'ports',
      `Every program and person on this machine reaches ComfyUI at ${local.map(({ address }) => address).join(', ')} without a login. To close that, ${guard}.`,
    )
  return holds('ports', `ComfyUI at ${url.host} answers nobody but Gatehouse.`)
}

function modes(facts: Surroundings): readonly Finding[] {
  const { dataDir } = facts
  return [
    ...(facts.isShared ? [weak('tenancy', 'tenancy.mode is shared: everybody behind the login is in one world.')] : []),
    ...(facts.isPlainHttp && facts.listensBeyondLoopback
      ? [
          weak(
            'transport',
            'Gatehouse speaks plain http beyond this machine: passwords and keys can be read on the way. Set server.tls_cert_file, or put a TLS proxy in front and set server.public_url.',
          ),
        ]
      : []),
    dataDir.isReadableByOthers === undefined
      ? unknown('data', `Whether others may read ${dataDir.path} cannot be told on this system.`)
      : dataDir.isReadableByOthers
        ? open('data', `Others on this machine may READ ${dataDir.path}. Correct it with: chmod 700`)
        : holds('data', `The data directory ${dataDir.path} is its owner's alone.`),
  ]
}

function additions({ allowedEvents, sharedRoutes }: Surroundings): readonly Finding[] {
  return [
    ...(allowedEvents.length === 0
      ? []
      : [weak('events', `The operator lets pass the events ${allowedEvents.join(', ')} of custom nodes.`)]),
    ...(sharedRoutes.length === 0
      ? []
      : [weak('routes', `The operator shares the routes ${sharedRoutes.join(', ')}: what they hold, everybody sees.`)]),
  ]
}

/** Which node classes weaken it: everything that runs and is not of ComfyUI itself. */
export async function judgeNodes(visitor: Visitor, mayRun: (name: string, pack: string) => boolean): Promise<Finding> {
  const answer = await visitor.get('/object_info')
  const all = answer.status === 200 ? parseUpstreamJson(answer.text) : undefined
  if (!isObject(all)) return unknown('nodes', 'ComfyUI did not tell its node classes.')
  const packs = new Map<string, string[]>()
  for (const [name, info] of Object.entries(all)) {
    const module = isObject(info) ? info.python_module : undefined
    if (typeof module !== 'string' || (isCoreModule(module) && coreClasses.has(name))) continue
    const pack = module.replace(/^custom_nodes\./, '')
    if (mayRun(name, pack)) packs.set(pack, [...(packs.get(pack) ?? []), name])
  }
  if (packs.size === 0) return holds('nodes', 'No node class runs that is not part of ComfyUI itself.')
  const told = [...packs].map(([pack, names]) => `${pack} (${names.length})`).join(', ')
  return weak(
    'nodes',
    `Node classes of these packs may run, and what their code does no proxy can bound: ${told}. Admit only packs whose code you trust with everybody's files, or give their users a ComfyUI of their own.`,
  )
}
