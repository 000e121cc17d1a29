import { describe, expect, it } from 'vitest'
import { workerToast } from './worker-toast.ts'

describe('a notice about the worker', () => {
  it('stays while it fails, and goes by itself when it works again', () => {
    expect(workerToast({ state: 'lost', message: 'It has stopped.' })).toEqual({
      severity: 'warn',
      summary: 'Your jobs wait',
      detail: 'It has stopped.',
    })
    expect(workerToast({ state: 'up', message: 'It works.' })).toMatchObject({ severity: 'info', life: 8_000 })
  })

  it.each([undefined, null, 'lost', {}, { state: 'lost' }, { state: 1, message: 'x' }])('%j is none', (detail) => {
    expect(workerToast(detail)).toBeUndefined()
  })
})
