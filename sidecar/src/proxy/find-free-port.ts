/** Which port of loopback can an upstream of our own be given? */
import { createServer } from 'node:net'

/** Free a moment ago: whoever takes it meanwhile cannot prove to be ours. */
export function findFreePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer()
    probe.once('error', failed)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address !== null && typeof address === 'object' ? done(address.port) : failed(new TypeError()),
      )
    })
  })
}
