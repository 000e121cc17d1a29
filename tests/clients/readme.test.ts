/** Do the commands of README.md do what it says, typed in one after the other by somebody who has nothing yet? */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Configured, startConfigured } from '../support/configured.ts'
import { findPython } from './install.ts'

/** A dozen programs start one after the other. */
const timeoutMs = 120_000
const root = join(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const python = await findPython()
const isBashHere = process.platform !== 'win32' && (await isThere('bash')) && (await isThere('curl'))
if (!isBashHere) console.error('SKIPPED: no bash or no curl is on this machine, so no command of README.md ran.')

/** `pnpm -s gatehouse ...`, from source and on the data directory of the test. */
const prelude = `
set -e
pnpm() { shift 2; '${process.execPath}' '${join(root, 'sidecar/src/cli/main.ts')}' "$@" --data "$DATA"; }
`

let site: Configured
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-readme-'))
  site = await startConfigured('')
})
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

async function isThere(program: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(program, ['--version'], (error) => resolve(error === null))
  })
}

/** The one block in `language` that holds `words`. */
function block(language: string, words: string): string {
  const blocks = [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, body = '']) => body,
  )
  const [found, second] = blocks.filter((body) => body.includes(words))
  if (found === undefined || second !== undefined) throw new Error(`not one block with ${words}`)
  return found
}

function runs(program: string, args: readonly string[], input: string, more: Readonly<Record<string, string>> = {}) {
  const env = { ...process.env, NO_PROXY: '*', no_proxy: '*', DATA: site.dataDir, GATEHOUSE_URL: site.address, ...more }
  return new Promise<string>((resolve, reject) => {
    const child = execFile(program, args, { cwd: folder, env, timeout: timeoutMs }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${stdout}${stderr}`, { cause: error })),
    )
    child.stdin?.end(input)
  })
}

const typed = (script: string, more?: Readonly<Record<string, string>>) =>
  runs('bash', ['-c', `${prelude}${script}`], 'copper Kettle 2290\n', more)

/** Times and ids differ. */
const columns = (table: string) => table.replaceAll(/\d{4}-\S+Z {2}[a-z0-9]{20}$/gm, '').trim()

it.skipIf(!isBashHere)(
  'somebody without a browser gets an owner, people and a key, and a picture with it',
  { timeout: timeoutMs },
  async () => {
    const people = await typed(`${block('sh', 'user add olga')}${block('sh', 'user add alice')}`)
    const printed = /^```\n(NAME {3}ROLE[\s\S]*?)^```/m.exec(readme)?.[1]
    expect(columns(people.slice(people.indexOf('NAME')))).toBe(columns(printed ?? ''))

    const key = (await typed(block('sh', 'token create'))).trim()
    expect(key).toMatch(/^gh_\w+$/)
    // The reader puts their own address and key into the first line.
    const [, ...lines] = block('sh', 'red_00001_').split('\n')
    await typed(lines.join('\n'), { GATEHOUSE_KEY: key })
    const png = Buffer.from('\x89PNG', 'latin1')
    expect(readFileSync(join(folder, 'red.png')).subarray(0, 4)).toEqual(png)

    if (python === undefined) return
    const said = await runs(python.path, ['-c', block('python', 'urllib.request')], '', { GATEHOUSE_KEY: key })
    expect(said.trim()).toBe('saved blue_00001_.png')
    expect(readFileSync(join(folder, 'blue_00001_.png')).subarray(0, 4)).toEqual(png)
  },
)
