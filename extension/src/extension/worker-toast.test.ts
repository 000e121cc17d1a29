import { describe, expect, it } from 'vitest'
import type { Toast } from './comfy-page.ts'
import { createWorkerNotice, workerToast } from './worker-toast.ts'

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

const lost = { state: 'lost', message: 'It has stopped.' }
const down = { state: 'down', message: 'It does not run.' }
const up = { state: 'up', message: 'It works.' }

/** What the page shows, in frontends before and since 1.58. */
function olderToasts() {
  const shown: Toast[] = []
  return {
    add: (toast: Toast) => void shown.push(toast),
    remove: (toast: Toast) => void shown.splice(shown.indexOf(toast), shown.includes(toast) ? 1 : 0),
    details: () => shown.map(({ detail }) => detail),
  }
}

function newerToasts() {
  const shown = new Map<number, string>()
  const put = (detail: string): number => {
    shown.set(shown.size + 100, detail)
    return shown.size + 99
  }
  return {
    add: ({ detail }: Toast) => void put(detail),
    warning: (_title: string, { description }: { description: string }) => put(description),
    dismiss: (id: number) => void shown.delete(id),
    details: () => [...shown.values()],
  }
}

describe.each([
  ['before 1.58', olderToasts],
  ['since 1.58', newerToasts],
])('in a frontend %s, the notice', (_frontends, createToasts) => {
  it('is one at a time, and the last says that it is over', () => {
    const toasts = createToasts()
    const notice = createWorkerNotice(toasts)
    const seen = [lost, down, down, { state: 'down' }, up].map((detail) => {
      notice.show(detail)
      return toasts.details()
    })
    expect(seen).toEqual([[lost.message], [down.message], [down.message], [down.message], [up.message]])
  })

  it('is taken away when nothing is known any more', () => {
    const toasts = createToasts()
    const notice = createWorkerNotice(toasts)
    notice.show(lost)
    notice.forget()
    notice.forget()
    expect(toasts.details()).toEqual([])
  })
})

it('stays in a frontend that cannot take anything away', () => {
  const shown: Toast[] = []
  const notice = createWorkerNotice({ add: (toast) => void shown.push(toast) })
  for (const detail of [lost, up]) notice.show(detail)
  expect(shown.map(({ severity }) => severity)).toEqual(['warn', 'info'])
})
