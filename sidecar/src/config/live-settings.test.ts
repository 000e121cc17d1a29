import { describe, expect, it } from 'vitest'
import { type Config, loadConfig } from './config.ts'
import { readEnvironment } from './env.ts'
import { compareConfigs, liveSections } from './live-settings.ts'
import { configSchema } from './schema.ts'

const running = loadConfig(readEnvironment({ HOME: '/home/somebody' }))

function changedTo(change: Partial<Config>): ReturnType<typeof compareConfigs> {
  return compareConfigs(running, { ...running, ...change })
}

describe('compareConfigs', () => {
  it('finds nothing to do in the same configuration', () => {
    const same = loadConfig(readEnvironment({ HOME: '/home/somebody' }))
    expect(compareConfigs(running, same)).toEqual({ config: running, followed: [], waiting: [] })
  })

  it('follows limits, roles, nodes, events, credentials and the log, and names each setting', () => {
    const { config, followed, waiting } = changedTo({
      limits: { ...running.limits, pending_jobs: 1, upload: 2 },
      roles: { guest: { limits: { nodes_per_prompt: 3 } } },
      nodes: { ...running.nodes, admit: ['MyNode'] },
      events: { ...running.events, allow: ['my-event'] },
      auth: { ...running.auth, session_idle: 60_000 },
      log: { level: 'debug' },
    })
    expect(followed.toSorted()).toEqual([
      'auth.session_idle',
      'events.allow',
      'limits.pending_jobs',
      'limits.upload',
      'log.level',
      'nodes.admit',
      'roles.guest',
    ])
    expect(waiting).toEqual([])
    expect(config.limits.pending_jobs).toBe(1)
    expect(config.roles.guest?.limits.nodes_per_prompt).toBe(3)
    expect(config.log.level).toBe('debug')
  })

  it('leaves the key that seals events as it runs, and follows the rest of its section', () => {
    const { config, followed, waiting } = changedTo({
      audit: { ...running.audit, key_file: '/somewhere', syslog: 'udp://127.0.0.1:514' },
    })
    expect({ followed, waiting }).toEqual({ followed: ['audit.syslog'], waiting: ['audit.key_file'] })
    expect(config.audit).toEqual({ ...running.audit, syslog: 'udp://127.0.0.1:514' })
  })

  it('knows of every section whether it is followed', () => {
    const built = ['server', 'comfyui', 'workers', 'placement', 'data', 'tenancy', 'routes']
    expect([...liveSections, ...built].toSorted()).toEqual(Object.keys(configSchema.shape).toSorted())
  })

  it('leaves what was built into the process as it runs, and names that too', () => {
    const { config, followed, waiting } = changedTo({
      listen: [{ host: '0.0.0.0', port: 1 }],
      dataDir: '/elsewhere',
      comfyuiUrl: new URL('http://127.0.0.1:9'),
      server: { ...running.server, tls_cert_file: 'cert.pem' },
      tenancy: { mode: 'shared' },
    })
    expect(waiting.toSorted()).toEqual([
      'comfyui.url',
      'data.dir',
      'server.listen',
      'server.tls_cert_file',
      'tenancy.mode',
    ])
    expect(followed).toEqual([])
    expect(config).toEqual(running)
  })
})
