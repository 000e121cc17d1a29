/** Which `number` does a tenant see on a job? Its own counter's, or the one the client asked for. */
import type { JsonNumber } from '@gatehouse/shared/json'
import { numberOf } from '../transform/lossless-json.ts'

export interface OwnNumber {
  /** As JSON text. */
  readonly text: string
  /** As a double, for sorting. */
  readonly sort: number
}

/** ComfyUI's counter is an integer, its negative with `front` (server.py post_prompt). */
export function countedNumber(counter: number, front: boolean): OwnNumber {
  const sort = front && counter !== 0 ? -counter : counter
  return { text: String(sort), sort }
}

/** ComfyUI answers a requested number as a Python float, so 5 reads 5.0. */
export function requestedNumber(requested: JsonNumber): OwnNumber {
  const sort = numberOf(requested) ?? 0
  const text = String(sort)
  return { text: /^-?\d+$/.test(text) ? `${text}.0` : text, sort }
}
