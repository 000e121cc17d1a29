/** Is this the password behind that bcrypt hash? In a thread of its own, because the computation blocks whoever does it. */
import { parentPort } from 'node:worker_threads'
import { compareSync, truncates } from 'bcryptjs'

export interface BcryptQuestion {
  readonly id: number
  readonly password: string
  readonly hash: string
}

export interface BcryptAnswer {
  readonly id: number
  readonly isRight: boolean
}

parentPort?.on('message', ({ id, password, hash }: BcryptQuestion) => {
  const isSame = compareSync(password, hash)
  // bcrypt reads 72 bytes, and some of its writers stop at a zero: what it does not look at, nobody has proven.
  const isWhole = !truncates(password) && !password.includes('\0')
  parentPort?.postMessage({ id, isRight: isSame && isWhole } satisfies BcryptAnswer)
})
