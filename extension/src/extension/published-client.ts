/** What does the extension ask about published workflows? Which there are, what is in one, and to run it. */
import { apiBase } from '@gatehouse/shared/own-api-contract'
import type { OpenInput, PublishedSummary } from '@gatehouse/shared/workflows-contract'

export type Value = string | number | boolean
type Node = {
  readonly class_type: string
  readonly inputs: Readonly<Record<string, unknown>>
  readonly _meta?: { title?: string }
}
export type Prompt = Readonly<Record<string, Node>>

export interface PublishedWorkflow extends PublishedSummary {
  readonly prompt: Prompt
  readonly workflow: object | null
}

export async function listPublished(): Promise<readonly PublishedSummary[]> {
  const response = await fetch(`${apiBase}/workflows`, { cache: 'no-store' })
  return response.ok ? parseList(await response.json()) : []
}

/** undefined where it is gone. */
export async function findPublished({ name, everybody }: PublishedSummary): Promise<PublishedWorkflow | undefined> {
  const path = `${apiBase}/workflows/${encodeURIComponent(name)}?everybody=${everybody}`
  const response = await fetch(path, { cache: 'no-store' })
  return response.ok ? parseWhole(await response.text()) : undefined
}

/** The sentence of a refusal; undefined when it was queued. */
export async function runPublished(prompt: Prompt, clientId: string | undefined): Promise<string | undefined> {
  const response = await fetch('/api/prompt', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ prompt, ...(clientId === undefined ? {} : { client_id: clientId }) }),
  })
  if (response.ok) return undefined
  return parseRefusal(await response.json().catch(() => undefined))
}

/** A prompt with the values of its open inputs. A deep copy would lose what keeps the digits of a number. */
export function withValues(prompt: Prompt, values: readonly (OpenInput & { readonly value: Value })[]): Prompt {
  const nodes = Object.entries(prompt).map(([id, node]) => {
    const own = values.filter((one) => one.node === id).map(({ input, value }) => [input, value] as const)
    return [id, { ...node, inputs: { ...node.inputs, ...Object.fromEntries(own) } }] as const
  })
  return Object.fromEntries(nodes)
}

function parseList(value: unknown): readonly PublishedSummary[] {
  return Array.isArray(value) ? (value as readonly PublishedSummary[]) : []
}

function parseWhole(text: string): PublishedWorkflow {
  return parseLossless(text) as PublishedWorkflow
}

/** Integers that a double would change keep their digits, where the browser can keep them (Chromium 114, Firefox 135). */
export function parseLossless(text: string): unknown {
  const rawJSON: unknown = Reflect.get(JSON, 'rawJSON')
  const reviver = (_name: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' &&
    !Number.isSafeInteger(value) &&
    /^-?\d+$/.test(context?.source ?? '') &&
    isFunction(rawJSON)
      ? rawJSON(context?.source)
      : value
  return JSON.parse(text, reviver as (name: string, value: unknown) => unknown)
}

function isFunction(value: unknown): value is (...args: readonly unknown[]) => unknown {
  return typeof value === 'function'
}

function parseRefusal(body: unknown): string {
  const { error, node_errors: nodes } = (body ?? {}) as {
    readonly error?: { readonly message?: string }
    readonly node_errors?: Readonly<Record<string, { readonly errors?: readonly { readonly details?: string }[] }>>
  }
  const details = Object.values(nodes ?? {}).flatMap((node) => (node.errors ?? []).map((one) => one.details ?? ''))
  return [error?.message ?? 'The server did not queue it.', ...details].filter((part) => part !== '').join(' ')
}
