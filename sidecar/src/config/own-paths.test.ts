import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { loadConfig } from './config.ts'
import { readEnvironment } from './env.ts'
import { withOwnPaths } from './own-paths.ts'
import { configSchema } from './schema.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-paths-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('a relative path is beside the file that names it, an absolute one where it says', () => {
  const path = join(folder, 'gatehouse.yaml')
  writeFileSync(
    path,
    `server: { tls_cert_file: lab/server.crt, tls_key_file: ${join(folder, 'server.key')} }
data: { dir: data }
auth: { ldap: [{ name: a, url: ldaps://a, user_dn_template: 'uid={username}', ca_file: ../ca.pem }] }
limits: { userdata_file: 7MB }
`,
  )
  const { server, dataDir, auth, limits } = loadConfig(readEnvironment({}), { config: path })
  expect(server.tls_cert_file).toBe(join(folder, 'lab', 'server.crt'))
  expect(server.tls_key_file).toBe(join(folder, 'server.key'))
  expect(dataDir).toBe(join(folder, 'data'))
  expect(auth.ldap[0]?.ca_file).toBe(join(folder, '..', 'ca.pem'))
  expect(limits.userdata_file).toBe(7 * 1024 ** 2)
  expect(loadConfig(readEnvironment({}), { config: path, data: 'elsewhere' }).dataDir).toBe('elsewhere')
})

it('people, groups and inputs that are called like a setting are none', () => {
  const settings = {
    auth: { oidc: [{ accounts: { tenants: { dir: 'studio' }, roles: { file: 'user' } } }] },
    nodes: { admit: [{ class: 'Load', fields: { file: 'input' } }] },
  }
  expect(withOwnPaths(settings, '/etc')).toEqual(settings)
})

it('every setting of a file or a folder is taken for a path, and no size', () => {
  const named = new Set<string>()
  const collect = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [name, value] of Object.entries(node)) {
      if (/(?:^|_)(?:file|dir)$/.test(name) && typeof value === 'object') named.add(name)
      collect(value)
    }
  }
  collect(z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }))
  expect(named.size).toBeGreaterThan(12)
  const moved = [...named].filter((name) => JSON.stringify(withOwnPaths({ [name]: 'x' }, '/etc')).includes('/etc/x'))
  const kept = ['input_dir', 'output_dir', 'temp_dir', 'userdata_file']
  expect([...named].sort().filter((name) => !moved.includes(name))).toEqual(kept)
})
