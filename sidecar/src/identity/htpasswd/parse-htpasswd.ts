/** Who is in a list of names and password hashes? Lines as Apache's htpasswd writes them, of schemes that are still worth something. */
import { sha256Hex } from '../constant-time.ts'
import { canonicalUserName } from '../user-name.ts'

export interface HtpasswdEntry {
  /** Canonical. */
  readonly name: string
  readonly scheme: 'bcrypt' | 'argon2id'
  readonly hash: string
  /** Names this line as it is now: another password makes another one. */
  readonly digest: string
}

export interface HtpasswdList {
  readonly entries: ReadonlyMap<string, HtpasswdEntry>
  /** A line each, with its number and its cure. No hash is ever in it. */
  readonly problems: readonly string[]
}

/** Two to the power of it are the rounds; 14 is a second. */
const costLimit = 14
/** 256 MiB, a quarter of a minute at most, and four threads: whoever writes the list must not stop the sidecar with it. */
const argonLimits = { m: 262_144, t: 16, p: 4 } as const

const bcrypt = /^\$2[aby]\$(?<cost>\d{2})\$[./A-Za-z0-9]{53}$/
const argon2id =
  /^\$argon2id\$v=19\$m=(?<m>\d{1,7}),t=(?<t>\d{1,3}),p=(?<p>\d{1,2})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}$/

const cure = 'write it anew with: htpasswd -B -C 10 FILE NAME'
/** Schemes that are guessed in bulk, by how their hashes begin. */
const outdated: readonly (readonly [RegExp, string])[] = [
  [/^\$apr1\$|^\$1\$/, 'MD5'],
  [/^\{SHA\}|^\{SSHA\}/i, 'SHA-1'],
  [/^\$5\$|^\$6\$|^\$y\$|^\$7\$/, 'crypt'],
  [/^\$2x?\$/, 'a broken form of bcrypt'],
  [/^\$argon2[id]\$/, 'argon2 of another kind than argon2id'],
  [/^[./A-Za-z0-9]{13}$/, 'crypt'],
]

export function parseHtpasswd(text: string): HtpasswdList {
  const entries = new Map<string, HtpasswdEntry>()
  const problems: string[] = []
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return
    const parsed = parseLine(line)
    const problem = typeof parsed === 'string' ? parsed : repeated(entries, parsed)
    if (problem !== undefined) problems.push(`line ${index + 1}: ${problem}`)
    else if (typeof parsed !== 'string') entries.set(parsed.name, parsed)
  })
  return { entries, problems }
}

function repeated(entries: ReadonlyMap<string, HtpasswdEntry>, { name }: HtpasswdEntry): string | undefined {
  return entries.has(name) ? `${name} stands there twice, in this spelling or another; keep one of them` : undefined
}

/** The entry, or what is wrong with the line. */
function parseLine(line: string): HtpasswdEntry | string {
  const colon = line.indexOf(':')
  if (colon < 1) return `it is not NAME:HASH; ${cure}`
  const name = canonicalUserName(line.slice(0, colon))
  if (name === undefined) return 'its name cannot be the name of a user; choose letters and digits of one script'
  // Whatever stands behind a second colon is a comment to some programs, and part of the hash to others.
  const hash = line.slice(colon + 1).trim()
  const scheme = schemeOf(hash)
  if (typeof scheme === 'string') return { name, scheme, hash, digest: sha256Hex(`${name}\0${hash}`).slice(0, 32) }
  return `${name}: ${scheme.problem}`
}

function schemeOf(hash: string): HtpasswdEntry['scheme'] | { readonly problem: string } {
  const cost = bcrypt.exec(hash)?.groups?.cost
  if (cost !== undefined) {
    if (Number(cost) >= 4 && Number(cost) <= costLimit) return 'bcrypt'
    return { problem: `a bcrypt cost of ${cost} is not between 4 and ${costLimit}; ${cure}` }
  }
  const costs = argon2id.exec(hash)?.groups
  if (costs !== undefined) {
    const { m, t, p } = argonLimits
    const [memory, passes, lanes] = [Number(costs.m), Number(costs.t), Number(costs.p)]
    const isSound = memory >= 8 * lanes && memory <= m && passes >= 1 && passes <= t && lanes >= 1 && lanes <= p
    return isSound ? 'argon2id' : { problem: `argon2id may have m=${m}, t=${t} and p=${p} at most; write it anew` }
  }
  const known = outdated.find(([shape]) => shape.test(hash))?.[1]
  return {
    problem:
      known === undefined
        ? `no hash that is read here, or no hash at all; ${cure}`
        : `${known} protects no password any more; ${cure}`,
  }
}
