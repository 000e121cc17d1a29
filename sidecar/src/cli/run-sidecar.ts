/** How does a configured sidecar come up? Store, lanes, listeners, and the two addresses people need. */
import { type App, createApp } from '../app.ts'
import type { AuditEntry } from '../audit/audit.ts'
import { type Config, type ListenAddress, parseListen } from '../config/config.ts'
import type { Environment } from '../config/env.ts'
import { type ConfigSource, type FollowedConfig, followConfig } from '../config/follow-config.ts'
import { idleWorkers } from '../config/workers-schema.ts'
import { warnOfCode } from '../context/warn-of-code.ts'
import { warningOfOpenPorts } from '../context/warn-of-open-ports.ts'
import { warnOfTriedRules } from '../context/warn-of-tried-rules.ts'
import { warnOfUnknownNames } from '../context/warn-of-unknown-names.ts'
import { workerUrls } from '../context/worker-upstreams.ts'
import { type ContextOptions, createContext } from '../context.ts'
import { createEvents, type Events } from '../events.ts'
import { mintSetupToken } from '../identity/setup-token.ts'
import { createLog, type Log } from '../log.ts'
import { type FollowedTls, followTls } from '../tls/follow-tls.ts'
import { prepareCertificates } from '../tls/peer-certificate.ts'
import { readTls, type TlsMaterial } from '../tls/tls-material.ts'

export interface SidecarOptions extends Pick<ContextOptions, 'resources' | 'restartComfyui'> {
  readonly config: Config
  readonly environment: Environment
  /** From the pack or the supervisor; beats the configured one. */
  readonly guardSecret: string | undefined
  readonly tls: TlsMaterial | undefined
  /** Where the configuration can be read again; undefined where no file was named. */
  readonly source?: ConfigSource | undefined
  /** Prints a line for people. The set-up link goes here and nowhere else. */
  readonly say: (line: string) => void
}

export interface RunningSidecar {
  /** What to type into a browser. */
  readonly address: string
  readonly listening: readonly ListenAddress[]
  /** Creates the first owner, once; undefined when there is one. */
  readonly setupLink: string | undefined
  /** Reads the configuration file again, now. */
  reload(): void
  close(): Promise<void>
}

export async function runSidecar(options: SidecarOptions): Promise<RunningSidecar> {
  const { config, environment, say } = options
  const log = createLog({ level: config.log.level })
  const events = warningOfOpenPorts({ urls: workerUrls(config), events: createEvents(log), say })
  for (const name of idleWorkers(config)) say(`WARNING: nobody is placed on the worker ${name}; see placement.`)
  warnOfCode(config, say)
  warnOfTriedRules(config, say)
  warnOfUnknownNames(config, say)
  const tls = options.tls ?? readTls(config)
  if (tls?.requestCert === true) await prepareCertificates()
  const context = await createContext({
    config,
    environment,
    guardSecret: options.guardSecret,
    restartComfyui: options.restartComfyui,
    ownTls: tls !== undefined,
    log,
    events,
    ...(options.resources === undefined ? {} : { resources: options.resources }),
  })
  const app = createApp({
    lane: context.lane,
    ownPages: context.ownPages,
    maxConnections: config.limits.connections,
    tls,
    onError: (error) => log.error({ err: error }, 'a request ended in an unforeseen error'),
  })
  surviveStreamErrors(log)
  const following = follow(options, { context, app, log, events })
  const followingTls = options.tls === undefined ? followCertificates({ config, app, context, events }) : undefined
  try {
    const listening = await app.listen(config.listen)
    const address = config.server.public_url ?? typedAddress(listening, tls !== undefined)
    await app.redirect(config.server.redirect_listen.map(parseListen), () => address)
    context.start()
    context.audit.record({ kind: 'server.started', detail: { configuration: options.source?.path ?? 'none' } })
    events.started(
      listening.map(({ host, port }) => `${host}:${port}`),
      config.comfyuiUrl.origin,
    )
    say(`Gatehouse is at ${address}`)
    const setupLink = await mintSetupLink(context, address)
    if (setupLink !== undefined) say(`No owner exists yet. Create one, once, at ${setupLink}`)
    return {
      address,
      listening,
      setupLink,
      reload: () => {
        followingTls?.look()
        following?.reload()
      },
      close: async () => {
        following?.close()
        followingTls?.close()
        context.hangUp()
        await app.close()
        await context.close()
        events.stopped()
      },
    }
  } catch (error) {
    following?.close()
    followingTls?.close()
    await app.close()
    await context.close()
    throw error
  }
}

interface TlsFollowers extends Pick<Followers, 'app' | 'events'> {
  readonly config: Config
  readonly context: Pick<Context, 'certificatesChanged'>
}

function followCertificates({ config, app, context, events }: TlsFollowers): FollowedTls {
  return followTls({
    config,
    renewed: (material, clientsChanged) => {
      app.renewTls(material, clientsChanged)
      if (clientsChanged) context.certificatesChanged()
      events.certificateRenewed()
    },
    refused: events.configurationRefused,
  })
}

interface Followers {
  readonly context: Context
  readonly app: App
  readonly log: Log
  readonly events: Events
}

function follow({ source, say }: SidecarOptions, { context, app, log, events }: Followers): FollowedConfig | undefined {
  const { live } = context
  live.onChange((config) => {
    log.level = config.log.level
    app.limitConnections(config.limits.connections)
  })
  if (source === undefined) return undefined
  return followConfig({
    source,
    live,
    followed: ({ config, followed, waiting }) => {
      events.configurationFollowed(followed)
      if (followed.length + waiting.length > 0) context.audit.record(configurationChanged(followed, waiting))
      if (followed.includes('nodes.allow_code_execution')) warnOfCode(config, say)
      if (followed.includes('policy.report_only')) warnOfTriedRules(config, say)
      if (followed.includes('auth.trusted_headers')) warnOfUnknownNames(config, say)
      if (waiting.length > 0) events.restartNeeded(waiting)
    },
    refused: events.configurationRefused,
    incomplete: events.configurationIncomplete,
  })
}

/** Names of settings; a value may be a secret. */
function configurationChanged(followed: readonly string[], waiting: readonly string[]): AuditEntry {
  return {
    kind: 'configuration.changed',
    detail: {
      ...(followed.length === 0 ? {} : { followed: followed.join(' ') }),
      ...(waiting.length === 0 ? {} : { afterRestart: waiting.join(' ') }),
    },
  }
}

/** A connection that dies, or a request that fails, at an unforeseen moment may not end everybody else's work. */
const streamErrors = /^(?:ECONN|EPIPE|ETIMEDOUT|ENOTCONN|UND_ERR_|ERR_STREAM_|ERR_HTTP_|HPE_|WS_ERR_)/

function surviveStreamErrors(log: Log): void {
  process.on('uncaughtException', (error: NodeJS.ErrnoException, origin) => {
    log.error({ err: error }, 'unforeseen')
    // A rejected promise belongs to one request; what was thrown outside of any may have left anything half-done.
    if (origin !== 'unhandledRejection' && !streamErrors.test(error.code ?? '')) process.exit(1)
  })
}

type Context = Awaited<ReturnType<typeof createContext>>

async function mintSetupLink(context: Context, address: string): Promise<string | undefined> {
  const token = await mintSetupToken(context.store.setup)
  // Behind a fragment, the token reaches no server's log.
  return token === undefined ? undefined : `${address}/setup#token=${token}`
}

/** What to type into a browser on this machine. */
export function typedAddress(listening: readonly ListenAddress[], isTls: boolean): string {
  const first = listening[0] ?? { host: '127.0.0.1', port: 0 }
  const host = first.host === '0.0.0.0' || first.host === '::' ? 'localhost' : first.host
  return `${isTls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${first.port}`
}
