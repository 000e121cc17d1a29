import { describe, expect, it } from 'vitest'
import { findPython, packFolder, runPython } from './python.ts'

const key = `${packFolder}/README.md`

/** What the pack makes of ComfyUI's parsed arguments: the takeover, or the refusal. */
function takeOver(args: Record<string, unknown>): unknown {
  return runPython(
    `from types import SimpleNamespace
from gatehouse_pack.takeover import read_arguments
try:
    taken = read_arguments(SimpleNamespace(**given))
    print(json.dumps({"listen": taken.listen, "tls": taken.tls, "open_browser": taken.open_browser, "notes": len(taken.notes)}))
except SystemExit as refusal:
    print(json.dumps(str(refusal)))`,
    { listen: '127.0.0.1', port: 8188, tls_keyfile: null, tls_certfile: null, auto_launch: false, ...args },
  )
}

describe.skipIf(findPython() === undefined)('what the sidecar inherits from ComfyUI', () => {
  const plain = { tls: null, open_browser: false, notes: 0 }
  const on = (...hosts: string[]) => hosts.map((host) => ({ host, port: 8188 }))
  const taken: readonly (readonly [string, Record<string, unknown>, Record<string, unknown>])[] = [
    ['the default address', {}, { ...plain, listen: on('127.0.0.1') }],
    ['a bare --listen', { listen: '0.0.0.0,::' }, { ...plain, listen: on('0.0.0.0', '::') }],
    ['spaces and repetitions', { listen: '10.0.0.1, ::1,10.0.0.1' }, { ...plain, listen: on('10.0.0.1', '::1') }],
    ['a host name', { listen: 'gpu-1.example.org' }, { ...plain, listen: on('gpu-1.example.org') }],
    ['another port', { port: 443 }, { ...plain, listen: [{ host: '127.0.0.1', port: 443 }] }],
    ['a browser to open', { auto_launch: true }, { ...plain, open_browser: true, listen: on('127.0.0.1') }],
    ['cross-origin access, with a note', { enable_cors_header: '*' }, { ...plain, notes: 1, listen: on('127.0.0.1') }],
    [
      'a key and a certificate',
      { tls_keyfile: key, tls_certfile: key },
      { ...plain, tls: { keyFile: key, certFile: key }, listen: on('127.0.0.1') },
    ],
  ]
  it.each(taken)('takes over %s', (_, args, expected) => {
    expect(takeOver(args)).toEqual(expected)
  })

  const refused: readonly (readonly [string, Record<string, unknown>, string])[] = [
    ['an empty --listen, which would bind every interface', { listen: '' }, '--listen'],
    ['an empty address in the list', { listen: '127.0.0.1,' }, '--listen'],
    ['an address with a scheme', { listen: 'http://0.0.0.0' }, '--listen'],
    ['an address that is an option', { listen: '-x' }, '--listen'],
    ['port 0', { port: 0 }, '--port'],
    ['a port over 65535', { port: 65_536 }, '--port'],
    ['a key without a certificate', { tls_keyfile: key }, '--tls-certfile'],
    ['a certificate without a key', { tls_certfile: key }, '--tls-keyfile'],
    ['a key that is not there', { tls_keyfile: '/no/key.pem', tls_certfile: key }, '/no/key.pem'],
  ]
  it.each(refused)('refuses %s in a sentence with its cure', (_, args, named) => {
    expect(takeOver(args)).toMatch(/^\nGatehouse did not start ComfyUI: .+\n {2}Cure: .+\n$/)
    expect(takeOver(args)).toContain(named)
  })

  it('leaves ComfyUI nothing but a private port', () => {
    const left = runPython(
      `from types import SimpleNamespace
from gatehouse_pack.takeover import move_to_loopback
args = SimpleNamespace(**given)
move_to_loopback(args, 40123)
print(json.dumps(vars(args)))`,
      { listen: '0.0.0.0', port: 8188, tls_keyfile: 'a', tls_certfile: 'b', auto_launch: true, cpu: true },
    )
    expect(left).toEqual({
      listen: '127.0.0.1',
      port: 40123,
      tls_keyfile: null,
      tls_certfile: null,
      auto_launch: false,
      dont_print_server: true,
      enable_cors_header: null,
      cpu: true,
    })
  })
})
