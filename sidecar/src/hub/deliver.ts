/** How does a frame reach those who may hear it? The sockets of the job's user under the job's client id. */
import type { JsonObject } from '@gatehouse/shared/json'
import type { LiveJob } from '../ledger/live-job.ts'
import { frameNames } from '../ledger/live-job.ts'
import {
  type BinaryFrame,
  withoutMetadata,
  writePreview,
  writePreviewWithMetadata,
  writeText,
} from '../transform/binary-frames.ts'
import { stringifyJson } from '../transform/lossless-json.ts'
import { ownMessageText, ownPreviewMetadata } from '../transform/socket-frames.ts'
import type { Audience } from './audience.ts'
import { binaryFrame, textFrame } from './wire.ts'

export interface Deliver {
  event(job: LiveJob, type: string, data: JsonObject): void
  /** Previews and progress texts; dropped when they name a node that is not the job's. */
  binary(job: LiveJob, frame: BinaryFrame): void
}

const noTemp: ReadonlyMap<string, string> = new Map()

export function createDeliver(audience: Audience): Deliver {
  return {
    event: (job, type, data) => {
      const members = audience.of(job.userId, job.clientId)
      if (members.length === 0) return
      const frame = textFrame(stringifyJson({ type, data }))
      for (const member of members) member.sendText(frame)
    },
    binary: (job, frame) => {
      const members = audience.of(job.userId, job.clientId)
      const own = members.length === 0 ? undefined : ownBinary(job, frame)
      if (own === undefined) return
      for (const member of members) member.sendBinary(member.wantsMetadata() ? own.rich() : own.plain())
    },
  }
}

interface OwnBinary {
  readonly rich: () => Buffer
  readonly plain: () => Buffer
}

function ownBinary(job: LiveJob, frame: BinaryFrame): OwnBinary | undefined {
  switch (frame.kind) {
    case 'preview':
      return always(writePreview(frame.format, frame.image))
    case 'text': {
      const node = job.names.ownNode(frame.node)
      return node === undefined ? undefined : always(writeText(node, ownMessageText(frame.text, job.names)))
    }
    case 'preview-with-metadata': {
      const metadata = ownPreviewMetadata(frame.metadata, frameNames(job, noTemp))
      if (metadata === undefined) return undefined
      return {
        rich: once(() => writePreviewWithMetadata(metadata, frame.image)),
        plain: once(() => withoutMetadata(metadata, frame.image)),
      }
    }
  }
}

function always(message: Buffer): OwnBinary {
  const frame = binaryFrame(message)
  return { rich: () => frame, plain: () => frame }
}

function once(write: () => Buffer): () => Buffer {
  let written: Buffer | undefined
  return () => {
    written ??= binaryFrame(write())
    return written
  }
}
