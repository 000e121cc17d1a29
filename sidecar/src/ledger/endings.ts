/** Why was a running job told to end? What its owner reads where ComfyUI tells only of an interruption. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { LRUCache } from 'lru-cache'
import { arrayOr, isArray, objectOr } from '../transform/json-shape.ts'
import { lostStatus, messagePairs } from './history-entry.ts'
import type { LiveJob } from './live-job.ts'

export interface Ending {
  readonly type: string
  readonly data: JsonObject
}

export interface Endings {
  /** Remembered until it has ended, and for late frames a while longer. */
  explain(upstreamId: string, sentence: string): void
  /** An event of the job, in own names: an interruption becomes an error with the sentence, which the stock UI shows. */
  told(job: LiveJob, ending: Ending): Ending
  /** The same for the status of its history entry. */
  status(job: LiveJob, status: JsonObject): JsonObject
}

/** Jobs run one by one: far more than any ComfyUI ends at a time. */
const maxRemembered = 1_000

export function createEndings(): Endings {
  const sentences = new LRUCache<string, string>({ max: maxRemembered })
  const told = (job: LiveJob, ending: Ending): Ending => {
    const message = sentences.get(job.upstreamId)
    if (message === undefined || ending.type !== 'execution_interrupted') return ending
    const [[type, error] = [ending.type, {}]] = messagePairs(
      lostStatus({ publicId: job.id, type: 'JobTimeout', message, atMs: 0 }),
    )
    return { type, data: { ...error, ...ending.data } }
  }
  const message = (job: LiveJob, one: Json): Json => {
    if (!isArray(one) || typeof one[0] !== 'string') return one
    const { type, data } = told(job, { type: one[0], data: objectOr(one[1]) })
    return [type, data]
  }
  return {
    explain: (upstreamId, sentence) => {
      sentences.set(upstreamId, sentence)
    },
    told,
    status: (job, status) =>
      sentences.has(job.upstreamId)
        ? { ...status, messages: arrayOr(status.messages).map((one) => message(job, one)) }
        : status,
  }
}
