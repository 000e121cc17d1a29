/** Is this the password behind that hash? argon2id off the event loop, a bounded number at a time. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { GatehouseError } from '../gatehouse-error.ts'
import { createTurnstile } from './turnstile.ts'

export interface Argon2Parameters {
  readonly memoryKib: number
  readonly passes: number
  readonly parallelism: number
}

export interface Passwords {
  /** A PHC string under the present parameters. @throws too_many_attempts */
  hash(password: string): Promise<string>
  /** Works as long for a missing hash as for a present one. @throws too_many_attempts */
  verify(password: string, hash: string | null | undefined): Promise<PasswordVerdict>
}

export interface PasswordVerdict {
  readonly isRight: boolean
  /** Whether the hash has other parameters than the present ones. */
  readonly isOutdated: boolean
}

export interface PasswordsOptions {
  readonly parameters?: Argon2Parameters
  /** Each takes a thread of libuv's four and `memoryKib`. */
  readonly concurrencyCount?: number
  readonly queueLimitCount?: number
}

/** About 45 ms on a core of 2024; above OWASP's minimum of 19 MiB and 2 passes. */
const defaultParameters: Argon2Parameters = { memoryKib: 24 * 1024, passes: 2, parallelism: 1 }
const saltBytes = 16
const tagBytes = 32
/** Bytes of UTF-8; longer input is refused before any work. */
export const passwordLimitBytes = 1024

export function createPasswords(options: PasswordsOptions = {}): Passwords {
  const parameters = options.parameters ?? defaultParameters
  const turnstile = createTurnstile(options.concurrencyCount ?? 2, options.queueLimitCount ?? 64)
  return {
    hash: (password) =>
      turnstile(async () => {
        const salt = randomBytes(saltBytes)
        return formatPhc({ parameters, salt, tag: await derive(password, { parameters, salt, tagLength: tagBytes }) })
      }),
    verify: (password, hash) =>
      turnstile(async () => {
        const known = hash === null || hash === undefined ? undefined : parsePhc(hash)
        const expected = known ?? { parameters, salt: randomBytes(saltBytes), tag: randomBytes(tagBytes) }
        const tag = await derive(password, { ...expected, tagLength: expected.tag.length })
        const isSame = timingSafeEqual(tag, expected.tag)
        return { isRight: known !== undefined && isSame, isOutdated: !isSameCost(expected.parameters, parameters) }
      }),
  }
}

interface Phc {
  readonly parameters: Argon2Parameters
  readonly salt: Buffer
  readonly tag: Buffer
}

interface Derivation {
  readonly parameters: Argon2Parameters
  readonly salt: Buffer
  readonly tagLength: number
}

function derive(password: string, { parameters, salt, tagLength }: Derivation): Promise<Buffer> {
  // NFC, as RFC 8265 4.2.2: a keyboard may compose a letter that another one spells in two characters.
  const message = Buffer.from(password.normalize('NFC'))
  if (message.length > passwordLimitBytes) throw new TypeError('an over-long password reached argon2')
  return new Promise((resolve, reject) => {
    argon2(
      'argon2id',
      {
        message,
        nonce: salt,
        memory: parameters.memoryKib,
        passes: parameters.passes,
        parallelism: parameters.parallelism,
        tagLength,
      },
      (error, tag) => (error === null ? resolve(tag) : reject(error)),
    )
  })
}

/** https://github.com/P-H-C/phc-string-format */
function formatPhc({ parameters, salt, tag }: Phc): string {
  const { memoryKib, passes, parallelism } = parameters
  const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`
}

const phcShape =
  /^\$argon2id\$v=19\$m=(?<memory>\d{1,7}),t=(?<passes>\d{1,3}),p=(?<parallelism>\d{1,2})\$(?<salt>[A-Za-z0-9+/]+)\$(?<tag>[A-Za-z0-9+/]+)$/

function parsePhc(text: string): Phc {
  const groups = phcShape.exec(text)?.groups
  const tag = Buffer.from(groups?.tag ?? '', 'base64')
  // Lists of the operator hold what other programs wrote: their tags may be shorter (RFC 9106 4) or longer.
  if (groups === undefined || tag.length < 16 || tag.length > 64) {
    throw new GatehouseError('store_unavailable', { detail: 'a stored password hash is damaged' })
  }
  return {
    parameters: {
      memoryKib: Number(groups.memory),
      passes: Number(groups.passes),
      parallelism: Number(groups.parallelism),
    },
    salt: Buffer.from(groups.salt ?? '', 'base64'),
    tag,
  }
}

function isSameCost(left: Argon2Parameters, right: Argon2Parameters): boolean {
  return left.memoryKib === right.memoryKib && left.passes === right.passes && left.parallelism === right.parallelism
}
