/** Are these answers figures and lists of own files? Entries that are not what the contract says are left out. */
import type { DiskUsage, OwnFilePage, OwnFileSummary } from '@gatehouse/shared/files-contract'
import { type Fields, parseFields } from '@gatehouse/shared/parse-fields'
import { parseEntries } from '../parse-entries.ts'

export interface Usage {
  readonly input: DiskUsage
  readonly output: DiskUsage
  readonly temp: DiskUsage | undefined
}

export function parseUsage(value: unknown): Usage | undefined {
  const fields = parseFields(value)
  const [input, output] = [parseFigures(fields.input), parseFigures(fields.output)]
  if (input === undefined || output === undefined) return undefined
  return { input, output, temp: parseFigures(fields.temp) }
}

export function parseFilePage(value: unknown): OwnFilePage {
  const { files, next } = parseFields(value)
  return { files: parseEntries(files, parseFile), next: typeof next === 'string' ? next : null }
}

function parseFile(fields: Fields): OwnFileSummary | undefined {
  const { root, subfolder, filename, bytes, modifiedAt } = fields
  if (root !== 'input' && root !== 'output') return undefined
  if (typeof subfolder !== 'string' || typeof filename !== 'string') return undefined
  if (typeof bytes !== 'number' || typeof modifiedAt !== 'string') return undefined
  return { root, subfolder, filename, bytes, modifiedAt }
}

function parseFigures(value: unknown): DiskUsage | undefined {
  const { files, bytes } = parseFields(value)
  return typeof files === 'number' && typeof bytes === 'number' ? { files, bytes } : undefined
}
