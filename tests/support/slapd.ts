/** Is OpenLDAP's server on this machine, and how does a test run one of its own, with people in it? */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from './person.ts'

/** Said by every test that needs one. */
export const slapdIsMissing = 'no slapd on this machine: install the Debian packages slapd and ldap-utils'

export const suffix = 'dc=studio,dc=example'
const managerDn = `cn=manager,${suffix}`
const managerPassword = 'the manager of the directory'

export interface Slapd extends AsyncDisposable {
  readonly port: number
  /** For ldaps; nobody listens there without a certificate. */
  readonly securePort: number
  /** Where it keeps what it was given. */
  readonly folder: string
  /** What it wrote about connections and operations. */
  log(): string
  /** Changes entries as the directory's own administrator, in LDIF. */
  change(ldif: string): void
  stop(): Promise<void>
  start(): Promise<void>
}

export interface SlapdOptions {
  /** PEM files of a server certificate. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
}

const folders = { slapd: '/usr/sbin', modules: '/usr/lib/ldap', schemas: '/etc/ldap/schema' } as const

const changer = '/usr/bin/ldapmodify'

export function hasSlapd(): boolean {
  return [`${folders.slapd}/slapd`, `${folders.modules}/back_mdb.so`, changer].every((path) => existsSync(path))
}

const people = `dn: ${suffix}
objectClass: domain
dc: studio

dn: ou=people,${suffix}
objectClass: organizationalUnit
ou: people

dn: ou=groups,${suffix}
objectClass: organizationalUnit
ou: groups

dn: uid=gatehouse,${suffix}
objectClass: account
objectClass: simpleSecurityObject
uid: gatehouse
userPassword: what gatehouse searches with

dn: uid=anna,ou=people,${suffix}
objectClass: inetOrgPerson
objectClass: shadowAccount
uid: anna
cn: Anna Arend
sn: Arend
mail: anna@studio.example
departmentNumber: Acme
userPassword: anna's Lantern 4711

dn: uid=bert,ou=people,${suffix}
objectClass: inetOrgPerson
objectClass: shadowAccount
uid: bert
cn: Bert (the) * Bold
sn: Bold
userPassword: bert's Wagon 9083

dn: cn=artists,ou=groups,${suffix}
objectClass: groupOfNames
cn: artists
member: uid=anna,ou=people,${suffix}

dn: cn=leads,ou=groups,${suffix}
objectClass: groupOfNames
cn: leads
member: uid=bert,ou=people,${suffix}

dn: ou=elsewhere,${suffix}
objectClass: referral
objectClass: extensibleObject
ou: elsewhere
ref: ldap://127.0.0.1:1/ou=people,dc=other,dc=example
`

/** On this machine only, in a folder of its own. */
export async function startSlapd({ tls }: SlapdOptions = {}): Promise<Slapd> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-slapd-'))
  mkdirSync(join(folder, 'data'))
  const file = join(folder, 'slapd.conf')
  writeFileSync(file, configurationOf(folder, tls))
  writeFileSync(join(folder, 'people.ldif'), people)
  execFileSync(`${folders.slapd}/slapadd`, ['-q', '-f', file, '-l', join(folder, 'people.ldif')], { stdio: 'pipe' })
  const [port, securePort] = [await freePort(), await freePort()]
  const listened = [`ldap://127.0.0.1:${port}`, ...(tls === undefined ? [] : [`ldaps://127.0.0.1:${securePort}`])]
  let child: ChildProcess | undefined
  let log = ''
  const stop = async (): Promise<void> => {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null) return
    const closed = once(running, 'close')
    running.kill('SIGTERM')
    await closed
  }
  const start = async (): Promise<void> => {
    const started = spawn(`${folders.slapd}/slapd`, ['-h', listened.join(' '), '-f', file, '-d', 'stats'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child = started
    started.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text
    })
    await until(async () => {
      if (started.exitCode !== null) throw new Error(`slapd ended: ${log}`)
      return (await answers(port)) ? true : undefined
    })
  }
  await start()
  return {
    port,
    securePort,
    folder,
    log: () => log,
    start,
    stop,
    change: (ldif) => {
      const secret = join(folder, 'manager')
      writeFileSync(secret, managerPassword, { mode: 0o600 })
      const asked = ['-x', '-H', `ldap://127.0.0.1:${port}`, '-D', managerDn, '-y', secret]
      execFileSync(changer, asked, { input: ldif, stdio: 'pipe' })
    },
    [Symbol.asyncDispose]: async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** `allow bind_anon_cred`: as lenient as a badly kept directory, for which an empty password is a success. */
function configurationOf(folder: string, tls: SlapdOptions['tls']): string {
  const schemas = ['core', 'cosine', 'nis', 'inetorgperson'].map((name) => `include ${folders.schemas}/${name}.schema`)
  const own = tls === undefined ? [] : [`TLSCertificateFile ${tls.certFile}`, `TLSCertificateKeyFile ${tls.keyFile}`]
  return [
    ...schemas,
    `pidfile ${folder}/slapd.pid`,
    `argsfile ${folder}/slapd.args`,
    `modulepath ${folders.modules}`,
    'moduleload back_mdb',
    'moduleload memberof',
    'allow bind_v2 bind_anon_cred bind_anon_dn',
    ...own,
    'database mdb',
    'maxsize 16777216',
    `suffix "${suffix}"`,
    `rootdn "${managerDn}"`,
    `rootpw "${managerPassword}"`,
    `directory ${folder}/data`,
    'index objectClass,uid,entryUUID,member eq',
    'overlay memberof',
    'access to attrs=userPassword by anonymous auth by * none',
    `access to * by dn.exact="uid=gatehouse,${suffix}" read by self read by anonymous auth by * none`,
    '',
  ].join('\n')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
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
