/** How are bcrypt hashes checked without making anybody else wait? One worker thread, and a bounded line before it. */
import { Worker } from 'node:worker_threads'
import { GatehouseError } from '../../gatehouse-error.ts'
import { createTurnstile } from '../turnstile.ts'
import type { BcryptAnswer, BcryptQuestion } from './bcrypt-worker.ts'

export interface Bcrypt {
  /** False for passwords that bcrypt does not read to their end, too. @throws too_many_attempts */
  verify(password: string, hash: string): Promise<boolean>
  close(): Promise<void>
}

const queueLimitCount = 64

/** Nothing is started before the first question. */
export function createBcrypt(): Bcrypt {
  const turnstile = createTurnstile(1, queueLimitCount)
  let worker: Worker | undefined
  let count = 0
  const ask = (question: BcryptQuestion): Promise<boolean> => {
    const asked = worker ?? startWorker()
    worker = asked
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        asked.off('message', heard).off('error', failed).off('exit', failed)
      }
      const heard = ({ id, isRight }: BcryptAnswer): void => {
        if (id !== question.id) return
        settle()
        resolve(isRight)
      }
      const failed = (cause: unknown): void => {
        settle()
        worker = undefined
        reject(new GatehouseError('internal', { cause, detail: 'the thread that checks bcrypt has ended' }))
      }
      asked.on('message', heard).on('error', failed).on('exit', failed)
      asked.postMessage(question)
    })
  }
  return {
    verify: (password, hash) =>
      turnstile(() => {
        count += 1
        return ask({ id: count, password, hash })
      }),
    close: async () => {
      await worker?.terminate()
    },
  }
}

/** Beside this file in a checkout, beside the bundle elsewhere. */
function startWorker(): Worker {
  const isSource = import.meta.url.endsWith('.ts')
  const url = isSource
    ? new URL('./bcrypt-worker.ts', import.meta.url)
    : new URL('./bcrypt-worker.mjs', import.meta.url)
  const worker = new Worker(url)
  worker.unref()
  return worker
}
