import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type Config, ConfigError, loadConfig } from './config.ts'
import { readEnvironment } from './env.ts'
import { idleWorkers } from './workers-schema.ts'

function load(yaml: string): Config {
  const file = join(mkdtempSync(join(tmpdir(), 'gatehouse-workers-')), 'gatehouse.yaml')
  writeFileSync(file, yaml)
  return loadConfig(readEnvironment({}), { config: file })
}

function problems(yaml: string): readonly string[] {
  try {
    load(yaml)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

const two = `
workers:
  - { name: gpu2, url: http://127.0.0.1:8189, guard_secret_file: secret }
  - { name: lab, url: https://lab.example.com, tls_ca_file: ca.pem, guard_secret_env: LAB_SECRET }
`

it('takes workers, and tenants and roles on them', () => {
  const config = load(`${two}placement: [{ tenant: acme, worker: gpu2 }, { role: guest, worker: lab }]`)
  expect(config.workers.map(({ name }) => name)).toEqual(['gpu2', 'lab'])
  expect(idleWorkers(config)).toEqual([])
})

it('lets a worker wait for whom to serve, and names it', () => {
  expect(idleWorkers(load(`${two}placement: [{ tenant: acme, worker: gpu2 }]`))).toEqual(['lab'])
})

it.each([
  [
    'an unknown worker',
    `${two}placement: [{ tenant: acme, worker: gpu3 }]`,
    'placement.0.worker: no worker is called gpu3',
  ],
  ['an unknown role', `${two}placement: [{ role: boss, worker: gpu2 }]`, 'placement.0.role'],
  ['neither tenant nor role', `${two}placement: [{ worker: gpu2 }]`, 'placement.0: name either tenant or role'],
  ['both tenant and role', `${two}placement: [{ tenant: a, role: user, worker: gpu2 }]`, 'name either tenant or role'],
  [
    'a tenant placed twice',
    `${two}placement: [{ tenant: acme, worker: gpu2 }, { tenant: acme, worker: lab }]`,
    'placement.1: tenant acme is placed twice',
  ],
  ['the name of comfyui.url', 'workers: [{ name: default, url: "http://a:1" }]', 'workers.0.name: default is'],
  [
    'one name twice',
    'workers: [{ name: a, url: "http://a:1" }, { name: a, url: "http://b:1" }]',
    'workers.1.name: a is named twice',
  ],
  [
    'the address of comfyui.url',
    'workers: [{ name: a, url: "http://127.0.0.1:8188/" }]',
    'workers.0.url: another worker has this address',
  ],
  [
    'two secrets',
    'workers: [{ name: a, url: "http://a:1", guard_secret_file: x, guard_secret_env: Y }]',
    'workers.0: name either guard_secret_file or guard_secret_env',
  ],
  [
    'half of its folders',
    'workers: [{ name: a, url: "http://a:1", input_dir: /srv/a/input }]',
    'workers.0: name input_dir and output_dir, or neither',
  ],
  [
    'a folder that begins nowhere',
    'workers: [{ name: a, url: "http://a:1", input_dir: a/input, output_dir: /srv/a/output }]',
    'workers.0.input_dir: write the whole path',
  ],
  [
    'a placement in one common world',
    `${two}tenancy: { mode: shared }\nplacement: [{ tenant: acme, worker: gpu2 }]`,
    'placement: tenancy.mode shared knows one tenant only',
  ],
])('refuses %s', (_, yaml, sentence) => {
  expect(problems(yaml).join('\n')).toContain(sentence)
})
