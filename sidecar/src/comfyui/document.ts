/** How does the page of the stock UI get our script? As the first element of its head, before every script of its own. */
import { scriptDataset } from '@gatehouse/shared/page-binding'
import { GatehouseError } from '../gatehouse-error.ts'
import type { Answer, AnswerHeaders } from '../policy/answer.ts'
import type { CanonicalRequest } from '../policy/canonical-request.ts'
import { compress, negotiate } from './compress.ts'
import type { FetchUpstream } from './fetch-upstream.ts'

export interface ScriptTag {
  readonly src: string
  /** The opaque reference of the person the page is opened for. */
  readonly page: string
  readonly csrf: string
  readonly user: string
}

const searchedBytes = 64 * 1024
/** Somebody looks at an empty window: the waiting page, which tries again by itself, is better than more of that. */
const patienceMs = 10_000

/** A classic script, neither async nor a module: it runs before the parser goes on (frontend 1.28.8 has an import map). */
export function scriptTag({ src, page, csrf, user }: ScriptTag): string {
  const attributes = [
    ['src', src],
    [`data-${scriptDataset.page}`, page],
    [`data-${scriptDataset.csrf}`, csrf],
    [`data-${scriptDataset.user}`, user],
  ]
  return `<script ${attributes.map(([name, value = '']) => `${name}="${escapeAttribute(value)}"`).join(' ')}></script>`
}

/** The page with `tag` as first child of its head; without a head, as the parser would start one: after the doctype. */
export function injectScript(html: Uint8Array, tag: string): Uint8Array {
  const at = insertionPoint(Buffer.from(html.subarray(0, searchedBytes)).toString('latin1'))
  return Buffer.concat([html.subarray(0, at), Buffer.from(tag), html.subarray(at)])
}

export interface Document {
  /** GET /. @throws comfyui_down */
  answer(request: CanonicalRequest, tag: string, headers?: AnswerHeaders): Promise<Answer>
}

/** The page is small and differs for everybody: fetched each time, kept by nobody. */
export function createDocument({ fetchUpstream }: { readonly fetchUpstream: FetchUpstream }): Document {
  return {
    answer: async (request, tag, headers = {}) => {
      const { status, headers: sent, body } = await fetchUpstream('/', { timeoutMs: patienceMs })
      const isPage = (sent.get('content-type') ?? '').startsWith('text/html')
      if (status !== 200 || !isPage) throw new GatehouseError('comfyui_down', { detail: `/ answered ${status}` })
      const coding = negotiate(request.headers.acceptEncoding)
      return {
        kind: 'bytes',
        status: 200,
        body: await compress(injectScript(body, tag), coding),
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'cache-control': 'no-store',
          vary: 'Accept-Encoding',
          ...(coding === 'identity' ? {} : { 'content-encoding': coding }),
          ...headers,
        },
      }
    },
  }
}

/** One past the `>` of the head's start tag. Latin-1 keeps one character per byte, and tags are ASCII. */
function insertionPoint(text: string): number {
  const head = /<!--[\s\S]*?-->|<head(?=[\s/>])(?:[^>"']|"[^"]*"|'[^']*')*>/gi
  for (const match of text.matchAll(head)) {
    if (!match[0].startsWith('<!--')) return match.index + match[0].length
  }
  const doctype = /^\s*<!doctype[^>]*>/i.exec(text)
  return doctype === null ? 0 : doctype[0].length
}

function escapeAttribute(value: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return value.replace(/[&<>"']/g, (character) => names[character] ?? '')
}
