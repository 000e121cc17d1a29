/** How long may a body take that has to be small? A few seconds: a slow one holds a connection, and nobody signed in for it. */
import type { IncomingMessage } from 'node:http'

/** Ends the connection of a request whose body is not there in time. */
export function hurry(message: IncomingMessage, withinMs: number): void {
  if (message.complete) return
  const timer = setTimeout(() => {
    if (!message.complete) message.socket.destroy()
  }, withinMs)
  message.once('close', () => clearTimeout(timer))
}
