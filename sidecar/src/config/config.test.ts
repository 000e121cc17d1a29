import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultDataDir, loadConfig } from './config.ts'
import { readEnvironment } from './env.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-config-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

function fileOf(yaml: string): string {
  const path = join(directory, 'gatehouse.yaml')
  writeFileSync(path, yaml)
  return path
}

describe('the data directory, where nobody names one', () => {
  it.each<[NodeJS.Platform, NodeJS.ProcessEnv, string[]]>([
    ['linux', { HOME: 'home' }, ['home', '.local', 'share', 'gatehouse']],
    ['linux', { HOME: 'home', XDG_DATA_HOME: 'elsewhere' }, ['elsewhere', 'gatehouse']],
    ['darwin', { HOME: 'home', XDG_DATA_HOME: 'elsewhere' }, ['home', 'Library', 'Application Support', 'gatehouse']],
    ['win32', { USERPROFILE: 'home', LOCALAPPDATA: 'local' }, ['local', 'gatehouse']],
    ['win32', { USERPROFILE: 'home' }, ['home', 'AppData', 'Local', 'gatehouse']],
  ])('is the own one of the user on %s with %o', (platform, variables, expected) => {
    expect(defaultDataDir(readEnvironment(variables), platform)).toBe(join(...expected))
  })
})

describe('a setting', () => {
  const yaml = 'server: {listen: [127.0.0.1:1], tls_min_version: "1.3"}\ncomfyui: {url: "http://file:1"}\n'
  const variables = {
    COMFYUI_URL: 'http://variable:1',
    GATEHOUSE_DATA_DIR: 'of-variable',
    GATEHOUSE_SERVER_LISTEN: '127.0.0.1:2, [::1]:2',
  }

  it('of a flag beats the environment, which beats the file', () => {
    const config = fileOf(`${yaml}data: {dir: '${join(directory, 'of-file')}'}\n`)
    const read = (environment: NodeJS.ProcessEnv, flags = {}) => {
      const { comfyuiUrl, dataDir, listen, server } = loadConfig(readEnvironment(environment), { config, ...flags })
      return [comfyuiUrl.hostname, dataDir, listen.map(({ host, port }) => `${host} ${port}`), server.tls_min_version]
    }
    const flags = { comfyui: 'http://flag:1', data: 'of-flag', listen: '127.0.0.1:3' }
    expect(read({})).toEqual(['file', join(directory, 'of-file'), ['127.0.0.1 1'], '1.3'])
    expect(read(variables)).toEqual(['variable', 'of-variable', ['127.0.0.1 2', '::1 2'], '1.3'])
    expect(read(variables, flags)).toEqual(['flag', 'of-flag', ['127.0.0.1 3'], '1.3'])
  })

  it('comes from each variable that docs/CONFIGURATION.md lists, the file itself included', () => {
    const environment = readEnvironment({
      ...variables,
      GATEHOUSE_CONFIG: fileOf('auth: {registration: off}'),
      GATEHOUSE_SERVER_PUBLIC_URL: 'https://comfy.example.com',
      GATEHOUSE_NODES_ADMIT: 'KJ*, pack:some-pack',
      GATEHOUSE_TENANCY_MODE: 'shared',
      GATEHOUSE_LOG_LEVEL: 'debug',
    })
    expect(loadConfig(environment)).toMatchObject({
      server: { listen: ['127.0.0.1:2', '[::1]:2'], public_url: 'https://comfy.example.com' },
      auth: { registration: 'off' },
      nodes: { admit: [{ class: 'KJ*' }, { pack: 'some-pack' }] },
      tenancy: { mode: 'shared' },
      log: { level: 'debug' },
      dataDir: 'of-variable',
      comfyuiConfigured: true,
    })
  })

  it('of an empty variable is none', () => {
    const { comfyuiConfigured, dataDir } = loadConfig(
      readEnvironment({ COMFYUI_URL: ' ', GATEHOUSE_DATA_DIR: '', HOME: 'home' }),
    )
    expect(comfyuiConfigured).toBe(false)
    expect(dataDir).toBe(defaultDataDir(readEnvironment({ HOME: 'home' })))
  })
})

it('two fixed keys of one name are refused: what one opened and queued would end with the other', () => {
  const key = (name: string, user: string) => `{ name: ${name}, user: ${user}, env: KEY_OF_${user.toUpperCase()} }`
  const load = (...keys: string[]) =>
    loadConfig(readEnvironment({}), { config: fileOf(`auth: { static_keys: [${keys.join(', ')}] }`) })
  expect(load(key('farm', 'alice'), key('mill', 'bob')).auth.static_keys).toHaveLength(2)
  expect(() => load(key('farm', 'alice'), key('farm', 'bob'))).toThrow('two have the same name: name each once')
})
