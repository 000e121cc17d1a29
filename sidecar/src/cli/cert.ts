/** How does an operator of a lab make certificates? `gatehouse cert ca | server | client | revoke | renew-list`. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { canonicalUserName } from '../identity/user-name.ts'
import { createAuthority, openAuthority, type SignedFiles } from '../tls/private-authority.ts'
import { badInput, commonOptions, writeJson } from './output.ts'

const options = {
  ...commonOptions,
  out: { type: 'string' },
  ca: { type: 'string' },
  name: { type: 'string' },
  host: { type: 'string', multiple: true },
  san: { type: 'string', multiple: true },
  days: { type: 'string' },
} as const

/** What a lab can live with: an authority for years, what it signs for as long as browsers accept (398 days). */
const defaultDays = { ca: 3_650, signed: 397, list: 365 } as const
const mostDays = 36_500

const actions = 'ca, server, client, revoke or renew-list'

/** Exit code. @throws bad_input */
export async function certCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const [action = '', ...rest] = positionals
  const days = (otherwise: number): number => readDays(values.days, otherwise)
  const authority = () => openAuthority(resolve(values.ca ?? '.'))
  const tell = (files: SignedFiles, more: readonly string[] = []): number => {
    if (values.json) writeJson({ stdout: process.stdout }, files)
    else process.stdout.write([`Certificate: ${files.certFile}`, `Key: ${files.keyFile}`, ...more, ''].join('\n'))
    return 0
  }
  switch (action) {
    case 'ca':
      return tell(
        await createAuthority(resolve(values.out ?? '.'), values.name ?? 'Gatehouse lab', days(defaultDays.ca)),
      )
    case 'server':
      return tell(await (await authority()).signServer(readHosts(values.host), days(defaultDays.signed)))
    case 'client': {
      const name = readName(values.name)
      const files = await (await authority()).signClient(name, values.san ?? [], days(defaultDays.signed))
      return tell(files, [`Fingerprint: ${files.fingerprint}`])
    }
    case 'revoke': {
      const [file, ...more] = rest
      if (file === undefined || more.length > 0)
        throw badInput('Name the one certificate to revoke: gatehouse cert revoke FILE.')
      return tellList(values.json, await (await authority()).revoke(readCertificate(file), days(defaultDays.list)))
    }
    case 'renew-list':
      return tellList(values.json, await (await authority()).revoke(undefined, days(defaultDays.list)))
    default:
      throw badInput(`There is no "cert ${action}". Use cert ${actions}.`)
  }
}

function tellList(isJson: boolean, file: string): number {
  if (isJson) writeJson({ stdout: process.stdout }, { file })
  else process.stdout.write(`List of revoked certificates: ${file}\n`)
  return 0
}

function readDays(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const days = Number(text)
  if (/^\d{1,5}$/.test(text) && days >= 1 && days <= mostDays) return days
  throw badInput(`--days is a whole number from 1 to ${mostDays}.`)
}

function readHosts(hosts: readonly string[] | undefined): readonly string[] {
  if (hosts === undefined || hosts.length === 0)
    throw badInput('Name every address people type with --host, e.g. --host comfy.lab.')
  const odd = hosts.find((host) => !/^[A-Za-z0-9.:*-]{1,253}$/.test(host))
  if (odd !== undefined) throw badInput(`--host ${odd} is no host name or address.`)
  return hosts
}

/** It is a file's name as well. */
function readName(text: string | undefined): string {
  const name = text === undefined ? undefined : canonicalUserName(text)
  if (name === undefined || !/^[a-z0-9][a-z0-9._-]*$/.test(name) || name === 'ca' || name === 'server') {
    throw badInput('Name the client with --name: letters, digits and . _ - only, neither ca nor server.')
  }
  return name
}

function readCertificate(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw badInput(`${file} cannot be read. Check the path.`)
  }
}
