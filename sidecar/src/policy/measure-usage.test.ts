import { expect, it } from 'vitest'
import { GatehouseError } from '../gatehouse-error.ts'
import { measureUsage } from './measure-usage.ts'
import type { OwnStorage } from './own-storage.ts'

const some = { files: 2, bytes: 20 }

function storage(parts: Partial<OwnStorage> = {}): OwnStorage {
  return {
    worker: 'default',
    page: async () => ({ files: [], next: undefined }),
    remove: async () => [],
    usageOf: async () => some,
    previewUsage: async () => some,
    ...parts,
  }
}

const fails = (error: unknown) => async (): Promise<never> => {
  throw error
}
const labels = (...names: readonly string[]) => names.map((label) => ({ label }))

it('tells what is known of a tenant beside what is not, without the path in the cause', async () => {
  const unreadable = new GatehouseError('files_unreadable', { cause: new Error('ENOENT /srv/out'), detail: '/srv/out' })
  const half = storage({ usageOf: async (root) => (root === 'input' ? some : fails(unreadable)()) })
  const failed: unknown[] = []
  const told = await measureUsage(labels('acme'), {
    storageOf: async () => half,
    failed: (error) => failed.push(error),
  })
  expect(told).toMatchObject([
    {
      tenant: 'acme',
      input: some,
      output: null,
      temp: some,
      unmeasured: [{ what: 'output', type: 'files_unreadable' }],
    },
  ])
  expect(JSON.stringify(told)).not.toContain('/srv')
  expect(failed).toEqual([unreadable])
})

it('goes on after a tenant that is on no worker', async () => {
  const told = await measureUsage(labels('split', 'whole'), {
    storageOf: async ({ label }) => (label === 'split' ? fails(new GatehouseError('tenant_split'))() : storage()),
    failed: () => undefined,
  })
  expect(told.map(({ tenant, input, unmeasured }) => [tenant, input, unmeasured.length])).toEqual([
    ['split', null, 3],
    ['whole', some, 0],
  ])
  expect(told[0]?.unmeasured[0]?.message).not.toContain('your tenant')
})

it('asks a ComfyUI that does not answer for the first tenant only', async () => {
  const asked: string[] = []
  const silent = (label: string): OwnStorage => {
    const ask = async (): Promise<never> => {
      asked.push(label)
      throw new GatehouseError('comfyui_down')
    }
    return storage({ worker: 'second', usageOf: ask, previewUsage: ask })
  }
  const told = await measureUsage(labels('first', 'second', 'elsewhere'), {
    storageOf: async ({ label }) => (label === 'elsewhere' ? storage() : silent(label)),
    failed: () => undefined,
  })
  expect(new Set(asked)).toEqual(new Set(['first']))
  expect(told.map(({ unmeasured }) => unmeasured.map(({ type }) => type))).toEqual([
    ['comfyui_down', 'comfyui_down', 'comfyui_down'],
    ['comfyui_down', 'comfyui_down', 'comfyui_down'],
    [],
  ])
})

it('fails whole when no disk can be reached at all, and for what is about no disk', async () => {
  const all = (error: unknown) => {
    const ask = fails(error)
    const one = storage({ usageOf: ask, previewUsage: ask })
    return measureUsage(labels('acme', 'birch'), { storageOf: async () => one, failed: () => undefined })
  }
  await expect(all(new GatehouseError('files_unmanaged'))).rejects.toMatchObject({ code: 'files_unmanaged' })
  await expect(all(new GatehouseError('store_unavailable'))).rejects.toMatchObject({ code: 'store_unavailable' })
  await expect(all(new TypeError('a mistake'))).rejects.toThrow('a mistake')
})
