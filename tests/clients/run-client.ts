/** What does a third-party client answer when all it gets is an address and a credential? */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Graph, type Person, parseRecord } from '../support/person.ts'
import { installFromNpm, installFromPypi, type Python } from './install.ts'
import type { ClientRun } from './pins.ts'

const run = promisify(execFile)
const programs = fileURLToPath(new URL('./programs/', import.meta.url))
const programTimeoutMs = 60_000

export interface ClientOf {
  /** Queues the graph, follows it to the end and downloads its images. */
  runs(graph: Graph): Promise<{ readonly promptId: string | undefined; readonly images: readonly Buffer[] }>
  /** What the client finds of somebody's job and picture; `history` is undefined where it has no such call. */
  looks(promptId: string, filename: string): Promise<{ readonly history: string | undefined; readonly image: Buffer }>
}

export interface ClientOptions {
  readonly address: string
  readonly person: Person
  readonly python: Python | undefined
  /** `name=value`, for clients that are given a cookie. */
  readonly cookie?: string
}

export function clientOf(client: ClientRun, options: ClientOptions): ClientOf {
  return {
    runs: async (graph) => {
      const answer = await answerOf(client, options, graph, ['run'])
      const images = Array.isArray(answer.images) ? answer.images : []
      return {
        promptId: typeof answer.promptId === 'string' ? answer.promptId : undefined,
        images: images.map(decode),
      }
    },
    looks: async (promptId, filename) => {
      const answer = await answerOf(client, options, {}, ['look', promptId, filename])
      return {
        history: answer.history === null ? undefined : JSON.stringify(answer.history),
        image: decode(answer.image),
      }
    },
  }
}

async function answerOf(
  client: ClientRun,
  options: ClientOptions,
  graph: Graph,
  args: readonly string[],
): Promise<Record<string, unknown>> {
  const { command, env } = await install(client, options.python)
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-client-'))
  try {
    const graphFile = join(folder, 'graph.json')
    writeFileSync(graphFile, JSON.stringify(graph))
    const { stdout } = await run(command, [join(programs, client.program), ...args], {
      cwd: folder,
      timeout: programTimeoutMs,
      maxBuffer: 64 * 1024 ** 2,
      env: {
        ...environment(options, client.way),
        ...env,
        GRAPH_FILE: graphFile,
      },
    })
    return parseAnswer(stdout)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function install(client: ClientRun, python: Python | undefined) {
  if (client.pin.registry === 'npm') {
    return { command: process.execPath, env: { CLIENT_FOLDER: await installFromNpm(client.pin) } }
  }
  if (python === undefined) throw new Error('a Python client cannot run without Python')
  const folder = await installFromPypi(python, client.pin)
  return { command: python.path, env: { PYTHONPATH: [folder].join(delimiter), PYTHONNOUSERSITE: '1' } }
}

function environment({ address, person, cookie }: ClientOptions, way: string | undefined): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // A proxy of the machine is not the way to a server on it.
    NO_PROXY: '*',
    no_proxy: '*',
    PYTHONDONTWRITEBYTECODE: '1',
    GATEHOUSE_ADDRESS: address,
    GATEHOUSE_NAME: person.name,
    GATEHOUSE_KEY: person.key,
    GATEHOUSE_COOKIE: cookie ?? '',
    GATEHOUSE_WAY: way ?? '',
  }
}

/** Clients print much; the answer has a line of its own. */
function parseAnswer(stdout: string): Record<string, unknown> {
  const line = stdout.split('\n').findLast((text) => text.startsWith('ANSWER '))
  if (line === undefined) throw new Error(`the program gave no answer; it printed: ${stdout.slice(-2_000)}`)
  return parseRecord(JSON.parse(line.slice('ANSWER '.length)))
}

function decode(text: unknown): Buffer {
  return Buffer.from(typeof text === 'string' ? text : '', 'base64')
}
