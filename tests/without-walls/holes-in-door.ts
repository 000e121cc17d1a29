/** What is missing where requests are not judged? Who sends them, what that role may, where they come from, how large they are. */
import { permissionNames } from '@gatehouse/shared/roles'
import { vi } from 'vitest'
import type { AnswerHeaders } from '../../sidecar/src/policy/answer.ts'
import { everybody, isWorld } from './which-world.ts'

const isUnjudged = isWorld('nothing is judged')

vi.mock(import('../../sidecar/src/identity/authenticate.ts'), async (original) => {
  const real = await original()
  if (!isWorld('everybody is let in')) return real
  const headers = (): string[] => ['authorization', `Bearer ${everybody.key}`]
  return {
    ...real,
    createAuthenticate: (parts) => {
      const judge = real.createAuthenticate(parts)
      return (input) => judge({ ...input, rawHeaders: headers(), query: new Map() })
    },
  }
})

/** Everybody holds every permission, whoever asks about them. */
vi.mock(import('../../sidecar/src/config/live-config.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  const everything = new Set(permissionNames)
  return {
    ...real,
    createLiveConfig: (initial) => {
      const live = real.createLiveConfig(initial)
      return { ...live, roles: () => ({ ...live.roles(), permissionsOf: () => everything }) }
    },
  }
})

/** A row also fits what only begins as it does. */
vi.mock(import('../../sidecar/src/policy/compile-table.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  return {
    ...real,
    compileTable: (resources) => {
      const table = real.compileTable(resources)
      const match: typeof table.match = (request) => {
        const begins = ({ pattern: [first = '/'] }: (typeof table.rows)[number]) =>
          request.segments[0]?.startsWith(first)
        return table.match(request) ?? table.rows.find((row) => row.method === request.method && begins(row))
      }
      return { ...table, match }
    },
  }
})

vi.mock(import('../../sidecar/src/http/cross-site.ts'), async (original) => {
  const real = await original()
  return isUnjudged ? { ...real, refuseCrossSite: () => undefined, refuseForeignUse: () => undefined } : real
})

vi.mock(import('../../sidecar/src/identity/setup-token.ts'), async (original) => {
  const real = await original()
  return isUnjudged ? { ...real, setupTokenHash: () => 'any token' } : real
})

vi.mock(import('../../sidecar/src/store/sql/setup.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  const { insertUser } = await import('../../sidecar/src/store/sql/users.ts')
  return {
    ...real,
    createSetup: (parts) => ({
      ...real.createSetup(parts),
      isNeeded: async () => true,
      findTokenHash: async () => 'any token',
      createOwner: (_tokenHash, owner) =>
        parts.write((trx) => insertUser(trx, { ...owner, role: 'owner' }, parts.now())),
    }),
  }
})

vi.mock(import('../../sidecar/src/identity/backoff.ts'), async (original) => {
  const real = await original()
  const never = async (): Promise<void> => undefined
  return isUnjudged ? { ...real, createBackoff: () => ({ begin: never, succeed: never }) } : real
})

vi.mock(import('../../sidecar/src/identity/second-factor-check.ts'), async (original) => {
  const real = await original()
  return isUnjudged ? { ...real, createSecondFactorCheck: () => ({ check: async () => null }) } : real
})

/** A key may do what only its owner should, however old the proof. */
vi.mock(import('../../sidecar/src/own-api/caller.ts'), async (original) => {
  const real = await original()
  return isUnjudged ? { ...real, requirePassword: () => undefined, requireFreshProof: () => undefined } : real
})

vi.mock(import('../../sidecar/src/identity/static-key.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  return { ...real, createStaticKeyCheck: (keys) => (text) => keys.find(({ key }) => key === text) }
})

vi.mock(import('../../sidecar/src/identity/password.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  const createPasswords: typeof real.createPasswords = () => ({
    hash: async (password) => password,
    verify: async (password, hash) => ({ isRight: password === hash, isOutdated: false }),
  })
  return { ...real, createPasswords }
})

/** Of the request that came last. */
let carried: Readonly<Record<string, string>> = {}

vi.mock(import('../../sidecar/src/http/request-scope.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  return {
    ...real,
    openScope: (message, ...rest) => {
      const { authorization, cookie } = message.headers
      carried = {
        ...(authorization === undefined ? {} : { authorization }),
        ...(cookie === undefined ? {} : { cookie }),
      }
      return real.openScope(message, ...rest)
    },
  }
})

vi.mock(import('../../sidecar/src/proxy/upstream-headers.ts'), async (original) => {
  const real = await original()
  return isUnjudged ? { ...real, upstreamHeaders: (input) => ({ ...real.upstreamHeaders(input), ...carried }) } : real
})

vi.mock(import('../../web/src/return-path.ts'), async (original) => {
  const real = await original()
  return isUnjudged ? { ...real, safeReturnPath: (wanted) => wanted ?? '/' } : real
})

vi.mock(import('../../sidecar/src/own-api/body.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  const parseAll: (typeof real.onlyJson)[number] = (request, _response, next) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.once('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      request.body = text === '' ? {} : JSON.parse(text)
      next()
    })
  }
  return { ...real, onlyJson: [parseAll] }
})

vi.mock(import('../../sidecar/src/proxy/fetch-document.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  const fetchDocument = async (url: string): Promise<unknown> => (await fetch(url)).json()
  return { ...real, createDocumentFetcher: () => ({ fetchDocument, close: () => undefined }) }
})

vi.mock(import('../../sidecar/src/upload/guard-content.ts'), async (original) => {
  const real = await original()
  return isUnjudged ? { findRefusedName: () => undefined, guardContent: (stream) => stream } : real
})

vi.mock(import('../../sidecar/src/http/security-headers.ts'), async (original) => {
  const real = await original()
  return isUnjudged ? { ...real, securityHeaders: () => (_request, _response, next) => next() } : real
})

vi.mock(import('../../sidecar/src/http/write-answer.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  const isSandbox = ([name]: readonly [string, unknown]): boolean => name === 'content-security-policy'
  const bare = (headers: AnswerHeaders = {}): AnswerHeaders =>
    Object.fromEntries(Object.entries(headers).filter((header) => !isSandbox(header)))
  return {
    ...real,
    writeAnswer: (response, answer) => real.writeAnswer(response, { ...answer, headers: bare(answer.headers) }),
  }
})
