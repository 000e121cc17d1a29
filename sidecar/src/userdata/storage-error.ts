/** What does a failed file operation mean for the person? A full or broken disk, or a name the disk cannot hold. */
import { GatehouseError } from '../gatehouse-error.ts'
import { invalidName, Refusal } from './refusal.ts'

const diskProblems = new Set([
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EACCES',
  'EPERM',
  'EIO',
  'EFBIG',
  'EMFILE',
  'ENFILE',
  'EBUSY',
])
const nameProblems = new Set([
  'ENAMETOOLONG',
  'EINVAL',
  'EILSEQ',
  'EISDIR',
  'ENOTDIR',
  'ENOTEMPTY',
  'EEXIST',
  'ELOOP',
  'EXDEV',
])

/** The code of a system error; undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

export function isAbsent(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** Turns a system error into what the caller may see; returns anything else unchanged. */
export function storageProblem(cause: unknown): unknown {
  const code = systemCode(cause) ?? ''
  if (diskProblems.has(code)) return new GatehouseError('storage_full', { cause, detail: `userdata: ${code}` })
  if (nameProblems.has(code)) return new Refusal(invalidName(), { cause })
  return cause
}
