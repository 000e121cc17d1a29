/** On which TCP ports does a process listen at this moment? */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const listening = '0A'

/** Every port of the process itself; undefined where the machine does not tell (anything but Linux). */
export function findListeningPorts(pid: number): readonly ListeningPort[] | undefined {
  if (process.platform !== 'linux') return undefined
  const own = readSocketInodes(pid)
  return ['tcp', 'tcp6'].flatMap((table) =>
    readRows(table)
      .filter((fields) => fields[3] === listening && own.has(fields[9] ?? ''))
      .map((fields) => {
        const [address = '', port = ''] = (fields[1] ?? '').split(':')
        return { loopback: address === '0100007F', port: Number.parseInt(port, 16) }
      }),
  )
}

export interface ListeningPort {
  readonly loopback: boolean
  readonly port: number
}

function readSocketInodes(pid: number): ReadonlySet<string> {
  const inodes = new Set<string>()
  try {
    for (const name of readdirSync(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${name}`))?.[1]
      if (inode !== undefined) inodes.add(inode)
    }
  } catch {
    // The process has ended.
  }
  return inodes
}

function readLink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function readRows(table: string): readonly (readonly string[])[] {
  const [, ...rows] = readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n')
  return rows.map((row) => row.trim().split(/\s+/))
}
