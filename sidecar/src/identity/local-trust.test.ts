import { beforeEach, describe, expect, it, test } from 'vitest'
import { type Config, loadConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { localhostProblems } from '../config/localhost-problems.ts'
import { createLocalTrust } from './local-trust.ts'

const off = loadConfig(readEnvironment({}))
const on: Config = { ...off, auth: { ...off.auth, localhost: { user: 'Alice' } } }

let config: Config
beforeEach(() => {
  config = on
})

const method = createLocalTrust({
  current: () => config,
  users: { findByName: async (name) => (name === 'alice' ? parseMember({ id: 'id-of-alice' }) : undefined) },
  now: () => 7,
})

type Found = Awaited<ReturnType<Parameters<typeof createLocalTrust>[0]['users']['findByName']>>
function parseMember(value: unknown): Found {
  return value as Found
}

async function ask(rawHeaders: readonly string[], peerAddress = '127.0.0.1'): Promise<string> {
  const proven = await method.prove({
    ...{
      rawHeaders,
      peerAddress,
      clientAddress: peerAddress,
      query: new Map(),
      parameters: new Map(),
      clientCertificate: undefined,
    },
    ...{ isNavigation: true, isUpgrade: false, method: 'GET', path: '/' },
  })
  return proven?.identity.userId ?? 'nobody'
}

describe('localhost trust', () => {
  it('takes who asks from this machine for the configured user, and for no more than a key', async () => {
    for (const host of ['localhost', 'LOCALHOST:8288', '127.0.0.1:8288', '[::1]:8288', '127.1.2.3']) {
      expect(await ask(['Host', host, 'User-Agent', 'curl']), host).toBe('id-of-alice')
    }
    expect(await ask(['Host', '[::1]:8288'], '::1')).toBe('id-of-alice')
    const proven = await method.prove({
      ...{
        rawHeaders: ['Host', 'localhost'],
        peerAddress: '127.0.0.1',
        clientAddress: '',
        query: new Map(),
        parameters: new Map(),
      },
      ...{ isNavigation: true, isUpgrade: false, method: 'GET', path: '/', clientCertificate: undefined },
    })
    expect(proven).toMatchObject({ identity: { method: 'local' }, proof: 'key', isAmbient: true })
  })

  it('is off unless configured', async () => {
    config = off
    expect(await ask(['Host', 'localhost'])).toBe('nobody')
  })

  it('knows nobody whose name is no account', async () => {
    config = { ...on, auth: { ...on.auth, localhost: { user: 'somebody' } } }
    expect(await ask(['Host', 'localhost'])).toBe('nobody')
    config = { ...on, auth: { ...on.auth, localhost: { user: '../' } } }
    expect(await ask(['Host', 'localhost'])).toBe('nobody')
  })

  it('lets nobody in from elsewhere', async () => {
    for (const peer of ['192.0.2.1', '10.0.0.1', '', '::', '::2']) {
      expect(await ask(['Host', 'localhost'], peer), peer).toBe('nobody')
    }
  })

  it.each(['X-Forwarded-For', 'x_forwarded_for', 'Forwarded', 'X-Real-IP', 'Via', 'Tailscale-User-Login', 'CF-Ray'])(
    'lets nobody in whose request was handed on, as %s shows',
    async (name) => {
      expect(await ask(['Host', 'localhost', name, '127.0.0.1'])).toBe('nobody')
      expect(await ask(['Host', 'localhost', name, ''])).toBe('nobody')
    },
  )

  it.each([
    ...['evil.test', 'evil.test:8288', 'localhost.evil.test', 'localhost:8288@evil.test', '0.0.0.0', '192.0.2.1'],
    ...['127.0.0.1.evil.test', '2130706433', '0x7f.1', 'localhost.', '', '[::1', '[::ffff:10.0.0.1]'],
  ])('is not fooled by the host %s, whose DNS may point here', async (host) => {
    expect(await ask(['Host', host])).toBe('nobody')
  })

  it('needs one host', async () => {
    expect(await ask([])).toBe('nobody')
    expect(await ask(['Host', 'localhost', 'Host', 'localhost'])).toBe('nobody')
  })

  it('lets no page of anybody else ask', async () => {
    for (const page of ['https://evil.test', 'null', '', 'http://localhost.evil.test/', 'http://studio.example:80']) {
      expect(await ask(['Host', 'localhost', 'Origin', page]), page).toBe('nobody')
      expect(await ask(['Host', 'localhost', 'Referer', page]), page).toBe('nobody')
    }
    for (const site of ['cross-site', 'same-site', 'anything']) {
      expect(await ask(['Host', 'localhost', 'Sec-Fetch-Site', site]), site).toBe('nobody')
    }
    const own = ['Origin', 'http://localhost:8288', 'Referer', 'http://[::1]:8288/', 'Sec-Fetch-Site', 'same-origin']
    expect(await ask(['Host', 'localhost:8288', ...own])).toBe('id-of-alice')
    expect(await ask(['Host', 'localhost:8288', 'Sec-Fetch-Site', 'none'])).toBe('id-of-alice')
  })

  it('ends where others could come that way, also when the file changed meanwhile', async () => {
    const cases: readonly Partial<Config>[] = [
      { server: { ...on.server, public_url: 'https://comfy.example.com' } },
      { network: { ...on.network, trusted_proxies: ['10.0.0.1'] } },
      { listen: [{ host: '0.0.0.0', port: 8288 }] },
      { listen: [...on.listen, { host: '192.0.2.1', port: 8288 }] },
    ]
    for (const part of cases) {
      config = { ...on, ...part }
      expect(await ask(['Host', 'localhost']), JSON.stringify(part)).toBe('nobody')
      expect(localhostProblems(config)).toHaveLength(1)
    }
  })
})

test('the start names every reason against it, each with its cure', () => {
  const problems = localhostProblems({
    ...on,
    server: { ...on.server, public_url: 'https://comfy.example.com' },
    network: { ...on.network, trusted_proxies: ['10.0.0.1'] },
    listen: [
      { host: '127.0.0.1', port: 1 },
      { host: '::', port: 2 },
    ],
  })
  expect(problems).toEqual([
    expect.stringContaining('refused beside server.public_url'),
    expect.stringContaining('refused beside network.trusted_proxies'),
    expect.stringMatching(/refused beside server\.listen :::2, .*or listen on 127\.0\.0\.1/),
  ])
  expect(localhostProblems(on)).toEqual([])
})
