/** Is an nginx on this machine, and how does a test run one of its own with a block of configuration? */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { until } from './person.ts'

export interface Nginx extends AsyncDisposable {
  /** What it wrote to its error log. */
  readonly errors: () => string
}

/** Said by every test that needs one. */
export const nginxIsMissing = 'no nginx with auth_request on this machine: install the Debian package nginx'

/** One with the module that asks elsewhere who somebody is. */
export function findNginx(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const program = folders.map((folder) => join(folder, 'nginx')).find((path) => existsSync(path))
  return program !== undefined && isUsable(program) ? program : undefined
}

function isUsable(program: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-nginx-'))
  try {
    const file = writeFile(folder, 'server { listen 127.0.0.1:1; location / { auth_request /x; } }')
    execFileSync(program, ['-t', '-p', folder, '-c', file], { stdio: 'ignore' })
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `block` goes into `http`; it has to listen on `port` of 127.0.0.1. */
export async function startNginx(program: string, block: string, port: number): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-nginx-'))
  const child = spawn(program, ['-p', folder, '-c', writeFile(folder, block)], { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const stop = async (): Promise<void> => {
    await stopped(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`nginx ended: ${errors}`)
      return (await answers(port)) ? true : undefined
    })
  } catch (error) {
    await stop()
    throw error
  }
  return { errors: () => errors, [Symbol.asyncDispose]: stop }
}

/** One process in the foreground, with its temporary files beside its configuration. */
function writeFile(folder: string, block: string): string {
  const file = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  writeFileSync(
    file,
    `daemon off; master_process off; error_log stderr warn; pid ${folder}/nginx.pid;\nevents {}\nhttp {\naccess_log off;\n${temporary.join('\n')}\n${block}\n}\n`,
  )
  return file
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const tell = (open: boolean) => () => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', tell(true))
    socket.once('error', tell(false))
  })
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const closed = once(child, 'close')
  child.kill('SIGTERM')
  await closed
}
