/** How is one ComfyUI remembered? The caches of what is the same for everybody who is on it. */
import { join } from 'node:path'
import type { SessionHash } from '@gatehouse/shared/ids'
import type { Principal } from '@gatehouse/shared/principal'
import { createAssetCache } from '../comfyui/asset-cache.ts'
import { createDocument, scriptTag } from '../comfyui/document.ts'
import type { FetchUpstream, OpenUpstream } from '../comfyui/fetch-upstream.ts'
import { createGlobalSubgraphs } from '../comfyui/global-subgraphs.ts'
import { createJsonCache } from '../comfyui/json-cache.ts'
import { createObjectInfo } from '../comfyui/object-info.ts'
import { createObjectInfoAnswer } from '../comfyui/object-info-answer.ts'
import { createSharedFacts, readInputFiles } from '../comfyui/shared-facts.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { IdentityServices } from '../identity/create-identity.ts'
import type { CanonicalRequest } from '../policy/canonical-request.ts'
import type { CachedAnswers, SharedFacts } from '../policy/world.ts'
import { fetchUpstream, openUpstream } from '../proxy/fetch-upstream.ts'
import type { Upstream } from '../proxy/upstream.ts'
import { ownExtensionAnswer } from './own-extension.ts'
import { createShownTo } from './shown-to.ts'

export interface ComfyuiDependencies {
  readonly upstream: Upstream
  /** Where its static files are kept: those of another ComfyUI may differ under the same path. */
  readonly assetsDir: string
  readonly webDir: string
  readonly injectPath: string
  readonly extensionFile: string
  readonly pageBinding: IdentityServices['pageBinding']
  readonly live: LiveConfig
  readonly clock: () => number
}

export interface Comfyui {
  readonly cached: CachedAnswers
  readonly facts: SharedFacts
  /** ComfyUI is a new process: nothing remembered of it holds. */
  invalidate(): void
}

/** The page of ComfyUI itself: framed by nobody; its own policy for scripts is left to ComfyUI. */
const documentHeaders = {
  'content-security-policy': "frame-ancestors 'none'; base-uri 'self'; object-src 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  // The stock UI signs in to Comfy.org in a pop-up (frontend.md 12.8).
  'cross-origin-opener-policy': 'same-origin-allow-popups',
} as const

export function createComfyui(dependencies: ComfyuiDependencies): Comfyui {
  const { upstream, clock } = dependencies
  const fetch: FetchUpstream = (path, options) => fetchUpstream(upstream, path, options)
  const open: OpenUpstream = (path, options) => openUpstream(upstream, path, options)
  const objectInfo = createObjectInfo({ fetchUpstream: fetch, clock })
  const jsonCache = createJsonCache({ fetchUpstream: fetch, clock })
  const subgraphs = createGlobalSubgraphs({ fetchUpstream: fetch })
  const assets = createAssetCache({
    fetchUpstream: fetch,
    openUpstream: open,
    directory: dependencies.assetsDir,
    clock,
  })
  const infoAnswer = createObjectInfoAnswer({ objectInfo, inputFiles: () => readInputFiles(jsonCache) })
  const shownTo = createShownTo(dependencies.live)
  const document = createDocument({ fetchUpstream: fetch })
  const ownExtension = ownExtensionAnswer(join(dependencies.webDir, dependencies.extensionFile))
  const cached: CachedAnswers = {
    // Example workflows of packs exist below /api only.
    asset: async (request) =>
      (await ownExtension(request)) ??
      assets.answer(request.underApi ? { ...request, segments: ['api', ...request.segments] } : request),
    document: (request, principal) =>
      document.answer(
        request,
        scriptTag({
          src: dependencies.injectPath,
          page: dependencies.pageBinding.pageReference(principal),
          csrf: csrfOf(dependencies, principal),
          user: principal.userName,
        }),
        documentHeaders,
      ),
    json: (request, narrowing) => jsonCache.answer(request, encodedPath(request), narrowing),
    objectInfo: async (request, world) => {
      const [input, output] = await Promise.all([world.files.list('input'), world.files.list('output')])
      const viewer = { files: { input, output }, policy: shownTo(world.principal.role) }
      const [, className] = request.segments
      return className === undefined ? infoAnswer.all(request, viewer) : infoAnswer.one(className, viewer)
    },
    globalSubgraphs: (request) => {
      const [, id] = request.segments
      return id === undefined ? subgraphs.all(request) : subgraphs.one(id)
    },
  }
  return {
    cached,
    facts: createSharedFacts({ objectInfo, jsonCache }),
    invalidate: () => {
      for (const cache of [objectInfo, jsonCache, subgraphs, assets]) cache.invalidate()
    },
  }
}

/** Only a session has a token: whoever proves themselves with a header needs none. */
function csrfOf({ pageBinding }: ComfyuiDependencies, { identity }: Principal): string {
  return identity.method === 'session' ? pageBinding.csrfToken(parseSessionHash(identity.credentialId)) : ''
}

/** The credential id of a session identity is its hash (identity/authenticate.ts). */
function parseSessionHash(credentialId: string): SessionHash {
  return credentialId as SessionHash
}

function encodedPath(request: CanonicalRequest): string {
  return `/${request.segments.map(encodeURIComponent).join('/')}`
}
