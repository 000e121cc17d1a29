/** How is the address shown in a browser? With the platform's own opener; failure is no failure of ours. */
import { spawn } from 'node:child_process'

const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['explorer'],
  linux: ['xdg-open'],
}

export function openInBrowser(address: string): void {
  const [command, ...args] = openers[process.platform] ?? []
  if (command === undefined) return
  const child = spawn(command, [...args, address], { stdio: 'ignore', detached: true })
  // No desktop: the printed address is enough.
  child.on('error', () => undefined)
  child.unref()
}
