/** How does a test sign as a security key does? An authenticator of a few lines, which can be told to misbehave. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { parseRecord } from './person.ts'

export interface SoftPasskey {
  /** What a browser sends for the options of a new passkey. */
  create(options: unknown, origin?: string): object
  /** What it sends for the options of a log-in. */
  get(options: unknown, how?: Signing): object
  /** What it counts. */
  counter: number
}

export interface Signing {
  readonly origin?: string
  /** Whether the owner showed a finger or a PIN. */
  readonly isVerified?: boolean
  readonly userHandle?: string | undefined
}

export function createSoftPasskey(origin: string): SoftPasskey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(32)
  const known = { rpId: '', userHandle: '' }
  const passkey: SoftPasskey = {
    counter: 1,
    create: (options, from = origin) => {
      const { challenge, rp, user } = parseRecord(options)
      known.rpId = String(parseRecord(rp).id)
      known.userHandle = String(parseRecord(user).id)
      const clientDataJSON = clientData('webauthn.create', challenge, from)
      const credential = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, coseKey(publicKey)])
      const authData = Buffer.concat([authenticatorData(known.rpId, 0x45, passkey.counter), credential])
      const attestationObject = map([
        [text('fmt'), text('none')],
        [text('attStmt'), map([])],
        [text('authData'), bytes(authData)],
      ])
      return envelope(id, {
        clientDataJSON: encode(clientDataJSON),
        attestationObject: encode(attestationObject),
        transports: ['internal'],
      })
    },
    get: (options, { origin: from = origin, isVerified = true, userHandle = known.userHandle } = {}) => {
      const { challenge, rpId } = parseRecord(options)
      if (passkey.counter > 0) passkey.counter += 1
      const data = authenticatorData(String(rpId), isVerified ? 0x05 : 0x01, passkey.counter)
      const clientDataJSON = clientData('webauthn.get', challenge, from)
      const signed = Buffer.concat([data, createHash('sha256').update(clientDataJSON).digest()])
      return envelope(id, {
        clientDataJSON: encode(clientDataJSON),
        authenticatorData: encode(data),
        signature: encode(sign('sha256', signed, privateKey)),
        userHandle,
      })
    },
  }
  return passkey
}

function envelope(id: Buffer, response: object): object {
  return { id: encode(id), rawId: encode(id), type: 'public-key', clientExtensionResults: {}, response }
}

function clientData(type: string, challenge: unknown, origin: string): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
}

/** WebAuthn 6.1: the site's hash, flags (1 present, 4 verified, 64 with a credential), the count. */
function authenticatorData(rpId: string, flags: number, counter: number): Buffer {
  const count = Buffer.alloc(4)
  count.writeUInt32BE(counter)
  return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.from([flags]), count])
}

/** RFC 9053 2.1: an EC2 key for ES256. */
function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  const coordinate = (value: string): Buffer => bytes(Buffer.from(value, 'base64url'))
  return map([
    [Buffer.from([0x01]), Buffer.from([0x02])],
    [Buffer.from([0x03]), Buffer.from([0x26])],
    [Buffer.from([0x20]), Buffer.from([0x01])],
    [Buffer.from([0x21]), coordinate(x)],
    [Buffer.from([0x22]), coordinate(y)],
  ])
}

/** CBOR (RFC 8949 3), as far as it is needed here. */
function map(entries: readonly (readonly [Buffer, Buffer])[]): Buffer {
  return Buffer.concat([Buffer.from([0xa0 + entries.length]), ...entries.flat()])
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)])
}

function bytes(value: Buffer): Buffer {
  const head = value.length < 256 ? [0x58, value.length] : [0x59, value.length >> 8, value.length & 0xff]
  return Buffer.concat([Buffer.from(head), value])
}

function encode(value: Buffer): string {
  return value.toString('base64url')
}
