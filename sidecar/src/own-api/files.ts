/** Which files does the caller's tenant keep on ComfyUI's disk, and how much? Lists, deletes and adds them up. */
import type { DeleteFilesResult, DiskUsage, OwnFilePage, TenantUsage } from '@gatehouse/shared/files-contract'
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { measureUsage } from '../policy/measure-usage.ts'
import type { RootUsage, StorageRoot } from '../policy/own-storage.ts'
import { parseBody } from './body.ts'
import { readQuery, requireCaller, requirePermission } from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { requireReader } from './target.ts'

const defaultPageCount = 200
const maxPageCount = 1_000

const deletion = z.object({
  files: z
    .array(
      z.object({
        root: z.enum(['input', 'output']),
        subfolder: z.string().max(1_024).default(''),
        filename: z.string().min(1).max(1_024),
      }),
    )
    .min(1)
    .max(100),
})

export function getFiles(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requirePermission(caller, 'output:read')
    const query = readQuery(request)
    const after = query.get('after')
    const storage = await context.storageOf(caller.principal.tenant)
    const { files, next } = await storage.page({
      root: parseRoot(query.get('root')),
      limit: parseLimit(query.get('limit')),
      ...(after === undefined ? {} : { after }),
    })
    const page: OwnFilePage = {
      files: files.map(({ modifiedAtMs, ...file }) => ({ ...file, modifiedAt: new Date(modifiedAtMs).toISOString() })),
      next: next ?? null,
    }
    response.json(page)
  }
}

export function deleteFiles(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requirePermission(caller, 'output:delete')
    const { files } = parseBody(deletion, request)
    const storage = await context.storageOf(caller.principal.tenant)
    const removed = await storage.remove(files)
    const answer: DeleteFilesResult = {
      files: files.map((file, index) => ({ ...file, result: removed[index] === true ? 'deleted' : 'absent' })),
    }
    response.json(answer)
  }
}

export function getUsage(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requirePermission(caller, 'output:read')
    const { tenant } = caller.principal
    const storage = await context.storageOf(tenant)
    const [input, output, temp] = await Promise.all([
      storage.usageOf('input'),
      storage.usageOf('output'),
      storage.previewUsage(),
    ])
    const usage: TenantUsage = {
      tenant: tenant.label,
      input: figures(input),
      output: figures(output),
      temp: temp === undefined ? null : figures(temp),
    }
    response.json(usage)
  }
}

/** A disk that cannot be asked is a fact about the tenants on it, and about nobody else. */
export function getAllUsage(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requireReader(caller)
    const { tenant: own } = caller.principal
    const known = await context.store.tenants.list()
    // The one tenant that all share (tenancy.mode shared) is nobody's in the store.
    const tenants = known.some(({ id }) => id === own.id) ? known : [own, ...known]
    const failed = (error: unknown): void => context.requestFailed(context.requestId(request), error)
    response.json(await measureUsage(tenants, { storageOf: context.storageOf, failed }))
  }
}

function figures({ files, bytes }: RootUsage): DiskUsage {
  return { files, bytes }
}

function parseRoot(text: string | undefined): StorageRoot {
  if (text === 'input' || text === 'output') return text
  throw new GatehouseError('bad_input', { message: 'The parameter root must be input or output.' })
}

function parseLimit(text: string | undefined): number {
  const limit = text === undefined ? defaultPageCount : /^[1-9]\d{0,3}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= maxPageCount) return limit
  throw new GatehouseError('bad_input', { message: `The parameter limit must be a number from 1 to ${maxPageCount}.` })
}
