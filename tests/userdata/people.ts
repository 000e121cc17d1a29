/** Who asks for userdata in these tests, and how does a request look once the door has read it? */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { FolderKey, TenantId, UserId } from '@gatehouse/shared/ids'
import type { Json } from '@gatehouse/shared/json'
import type { Principal } from '@gatehouse/shared/principal'
import { rolePermissions } from '@gatehouse/shared/roles'
import { GatehouseError } from '@gatehouse/sidecar/src/gatehouse-error.ts'
import type { Answer } from '@gatehouse/sidecar/src/policy/answer.ts'
import type {
  CanonicalRequest,
  Method,
  RequestBody,
  SelectedHeaders,
} from '@gatehouse/sidecar/src/policy/canonical-request.ts'
import { createSettings } from '@gatehouse/sidecar/src/userdata/settings.ts'
import { createUserdata } from '@gatehouse/sidecar/src/userdata/userdata.ts'

export interface Said {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Person {
  asks(method: Method, target: string, body?: string | Uint8Array | Readable, headers?: SelectedHeaders): Promise<Said>
}

export interface People extends AsyncDisposable {
  readonly dataDir: string
  person(userId: string, folderKey: string): Person
}

export interface PeopleOptions {
  readonly fileBytes?: number
  readonly settingsBytes?: number
}

/** A fresh data directory with nobody's files in it. */
export async function startPeople(options: PeopleOptions = {}): Promise<People> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-userdata-'))
  return {
    dataDir,
    person: (userId, folderKey) => createPerson(dataDir, parsePrincipal(userId, folderKey), options),
    [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }),
  }
}

function createPerson(dataDir: string, principal: Principal, options: PeopleOptions): Person {
  const limits = { fileBytes: options.fileBytes ?? 1_000_000, settingsBytes: options.settingsBytes ?? 100_000 }
  const clock = (): number => Date.now()
  const userdata = createUserdata({ dataDir, principal, limits, clock })
  const frontendVersion = async (): Promise<string> => '1.49.6'
  const settings = createSettings({ dataDir, principal, limits, clock, frontendVersion })
  return {
    asks: async (method, target, body, headers = {}) => {
      const request = canonical(method, target, headers)
      const owner = request.segments[0] === 'settings' ? settings : userdata
      try {
        return await said(await owner.answer(request, requestBody(body)))
      } catch (error) {
        if (!(error instanceof GatehouseError)) throw error
        return { status: error.status, headers: {}, body: error.code }
      }
    },
  }
}

/** What the door makes of a target: split first, then every segment and every pair decoded once. */
export function canonical(method: Method, target: string, headers: SelectedHeaders = {}): CanonicalRequest {
  const [path = '', search = ''] = target.split('?', 2)
  const segments = path.split('/').slice(1).map(decodeURIComponent)
  const pairs = search === '' ? [] : search.split('&').map((pair) => pair.split('=', 2).map(decodeURIComponent))
  const query = new Map(pairs.map(([key = '', value = '']) => [key, value]))
  return { method, segments, path: segments.join('/'), underApi: false, query, headers }
}

function requestBody(source: string | Uint8Array | Readable = ''): RequestBody {
  const stream = (): Readable => (source instanceof Readable ? source : Readable.from([Buffer.from(source)]))
  const bytes = async (limitBytes: number): Promise<Uint8Array> => {
    const all = await buffer(stream())
    if (all.length > limitBytes) throw new GatehouseError('body_too_large')
    return all
  }
  return { stream, bytes, json: async (limitBytes) => parseBody(Buffer.from(await bytes(limitBytes)).toString()) }
}

async function said(answer: Answer): Promise<Said> {
  const { status } = answer
  const headers = answer.headers ?? {}
  switch (answer.kind) {
    case 'json':
      return {
        status,
        headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
        body: JSON.stringify(answer.value),
      }
    case 'text':
      return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: answer.text }
    case 'empty':
      return { status, headers, body: '' }
    case 'bytes':
      return { status, headers, body: Buffer.from(answer.body).toString() }
    case 'stream':
      return { status, headers, body: (await buffer(answer.body)).toString() }
  }
}

/** A person, from plain ids. */
export function parsePrincipal(userId: string, folderKey: string): Principal {
  const id = userId as UserId
  return {
    identity: { userId: id, method: 'session', credentialId: 'test', provenAtMs: 0 },
    userId: id,
    userName: userId,
    tenant: { id: `tenant-${folderKey}` as TenantId, label: folderKey, folderKey: folderKey as FolderKey },
    role: 'user',
    permissions: rolePermissions.user,
  }
}

function parseBody(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (cause) {
    throw new GatehouseError('bad_json', { cause })
  }
}

/** One recognisable version of a file, of a given size. */
export function versionText(version: number, sizeBytes: number): string {
  return JSON.stringify({ version, filling: String(version % 10).repeat(sizeBytes) })
}
