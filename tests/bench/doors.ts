/** Which doors are compared? Gatehouse and nginx, each with an API-key check, before the same upstream. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { createStore } from '../../sidecar/src/store/sql/create-store.ts'
import { openDatabase } from '../../sidecar/src/store/sql/open-database.ts'
import { until } from '../support/person.ts'
import { childrenOf } from './load.ts'

export interface Door extends AsyncDisposable {
  readonly url: string
  /** PEM of the authority behind own TLS; undefined in clear. */
  readonly ca?: Buffer
  readonly headers: Readonly<Record<string, string>>
  /** Processes whose processor time counts. */
  readonly pids: readonly number[]
}

/** Who opens the stock UI through Gatehouse. */
export const benchUser = { username: 'bench', password: 'lane Ratio 5150' } as const

const root = join(import.meta.dirname, '..', '..')
/** Another build to compare with, in the same minute. */
const dist = process.env.BENCH_DIST ?? join(root, 'dist')
const doorCore = '0'
const upstreamCore = '1'

/** The built sidecar with one user and one key, and a row that forwards `/bench/*`; `settings` are further sections of its configuration, `ca` that of their TLS. */
export async function startGatehouse(
  upstreamUrl: string,
  environment: Readonly<Record<string, string>> = {},
  settings = '',
  ca?: Buffer,
): Promise<Door> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  const port = await freePort()
  const config = join(directory, 'gatehouse.yaml')
  const rows = ['bench/small', 'bench/large'].map(
    (path) => `  - { route: "GET /${path}", isolation: shared, says: "the same bytes for everybody" }`,
  )
  const limits = 'limits: { key_prompts_per_minute: 100000, key_prompt_burst: 100000, sockets_per_user: 1000 }'
  writeFileSync(config, `routes:\n${rows.join('\n')}\n${limits}\nlog:\n  level: error\n${settings}`)
  const key = await enrol(join(directory, 'data'))
  const child = start(
    doorCore,
    process.execPath,
    [
      join(dist, 'sidecar/gatehouse.mjs'),
      'up',
      '--config',
      config,
      '--data',
      join(directory, 'data'),
      '--comfyui',
      upstreamUrl,
      '--listen',
      `127.0.0.1:${port}`,
    ],
    environment,
  )
  const url = `${ca === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  await answering(`${url}/health`, ca)
  const facts = { url, headers: { Authorization: `Bearer ${key}` }, pids: [child.pid ?? 0] }
  return door(child, ca === undefined ? facts : { ...facts, ca }, directory)
}

/** One worker, keep-alive to the upstream, the key compared in a map. */
export async function startNginx(upstreamUrl: string): Promise<Door> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-nginx-'))
  const port = await freePort()
  const config = join(directory, 'nginx.conf')
  writeFileSync(config, nginxConfig(directory, port, new URL(upstreamUrl).host))
  const child = start(doorCore, 'nginx', ['-c', config, '-p', directory, '-g', 'daemon off;'])
  const url = `http://127.0.0.1:${port}`
  await answering(`${url}/health`)
  return door(
    child,
    { url, headers: { Authorization: 'Bearer bench-key' }, pids: childrenOf(child.pid ?? 0) },
    directory,
  )
}

function nginxConfig(directory: string, port: number, upstream: string): string {
  return `worker_processes 1;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/f; uwsgi_temp_path ${directory}/u; scgi_temp_path ${directory}/s;
  client_max_body_size 200m;
  map $http_authorization $allowed { default 0; "Bearer bench-key" 1; }
  upstream comfyui { server ${upstream}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    location = /health { return 200 ok; }
    location = /ws {
      if ($allowed = 0) { return 401; }
      proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";
      proxy_pass http://comfyui;
    }
    location / {
      if ($allowed = 0) { return 401; }
      proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_request_buffering off;
      proxy_pass http://comfyui;
    }
  }
}
`
}

/** A Node server that answers what a sidecar asks at its start, and the payloads. */
export async function startNodeUpstream(): Promise<Door> {
  const port = await freePort()
  const child = start(upstreamCore, process.execPath, [join(import.meta.dirname, 'upstream.ts'), String(port)])
  const url = `http://127.0.0.1:${port}`
  await answering(`${url}/bench/small`)
  return door(child, { url, headers: {}, pids: [child.pid ?? 0] }, undefined)
}

/** The same payloads from aiohttp, with the interpreter of a real ComfyUI; undefined where there is none. */
export async function startAiohttpUpstream(python: string | undefined): Promise<Door | undefined> {
  if (python === undefined) return undefined
  const port = await freePort()
  const child = start(upstreamCore, python, [join(import.meta.dirname, 'upstream_aiohttp.py'), String(port)])
  const url = `http://127.0.0.1:${port}`
  await answering(`${url}/bench/small`)
  return door(child, { url, headers: {}, pids: [child.pid ?? 0] }, undefined)
}

function start(
  core: string,
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): ChildProcess {
  const env = { ...process.env, ...environment }
  return spawn('taskset', ['-c', core, command, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] })
}

function door(child: ChildProcess, facts: Omit<Door, typeof Symbol.asyncDispose>, directory: string | undefined): Door {
  return {
    ...facts,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function enrol(dataDir: string): Promise<string> {
  const database = await openDatabase(dataDir)
  const store = createStore({ db: database.db })
  const passwordHash = await createPasswords().hash(benchUser.password)
  const member = await store.users.add({ name: benchUser.username, role: 'owner', passwordHash })
  const { id, key, secretHash } = mintApiKey()
  await store.apiKeys.add({ id, userId: member.id, label: 'bench', secretHash, expiresAtMs: null })
  await database.close()
  return key
}

async function answering(url: string, ca?: Buffer): Promise<void> {
  const isOk = () => (ca === undefined ? fetch(url).then(({ ok }) => ok) : isOkOverTls(url, ca))
  await until(async () =>
    isOk().then(
      (ok) => (ok ? true : undefined),
      () => undefined,
    ),
  )
}

function isOkOverTls(url: string, ca: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    get(url, { ca, agent: false }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode === 200))
    }).on('error', reject)
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
