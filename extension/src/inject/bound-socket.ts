/** How does the page's WebSocket carry its binding and outlive the end of a session? */
import { pageQueryKey } from '@gatehouse/shared/page-binding'
import type { Credentials } from './credentials.ts'
import { HeldSocket } from './held-socket.ts'
import type { LoginGate } from './login-gate.ts'
import { findOwnSocketUrl, type PageAddress } from './own-origin.ts'
import type { Door } from './who-am-i.ts'

interface Parts {
  readonly native: typeof WebSocket
  readonly credentials: Credentials
  readonly gate: LoginGate
  readonly door: Door
  readonly address: PageAddress
  readonly onText: (text: string) => void
}

/** A `WebSocket` for the page. Sockets to other hosts, and those of subclasses, are native. */
export function createBoundSocket(parts: Parts): typeof WebSocket {
  const { native, credentials, address } = parts
  // `instanceof`, constants and patches of the prototype go on working: the native class stays the one class.
  Object.setPrototypeOf(HeldSocket.prototype, native.prototype)
  const bound: typeof WebSocket = new Proxy(native, {
    construct(target, args: [string | URL, (string | string[])?], newTarget) {
      const own = findOwnSocketUrl(args[0], address)
      if (own === undefined) return Reflect.construct(target, args, newTarget)
      const url = shownUrl(own)
      own.searchParams.set(pageQueryKey, credentials.page)
      const dialled: [string, ...unknown[]] = [own.href, ...args.slice(1)]
      if (newTarget !== bound) return Reflect.construct(target, dialled, newTarget)
      return new HeldSocket({
        url,
        dial: () => Reflect.construct(target, dialled),
        shut: parts.gate.shut,
        isWorthAnother: () => isLoginMissing(parts),
        onText: parts.onText,
      })
    },
  })
  return bound
}

/** What a native socket would show: a `ws:` address, without the binding. */
function shownUrl(url: URL): string {
  return url.href.replace(/^http/, 'ws')
}

/**
 * A browser does not say why a handshake was refused, so the own API is asked. The stock UI would dial for ever, and
 * when its very first handshake fails, poll for ever (frontend 1.49.6, scripts/api.ts createSocket).
 */
async function isLoginMissing({ door, gate, credentials }: Parts): Promise<boolean> {
  const presence = await door.whoAmI()
  if (presence === 'unreachable') return false
  if (presence !== 'nobody' && presence.page === credentials.page) return false
  await gate.pass()
  return true
}
