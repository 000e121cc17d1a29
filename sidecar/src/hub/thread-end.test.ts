import { describe, expect, it } from 'vitest'
import { createThreadEnd } from './thread-end.ts'

const entries = (...texts: readonly string[]) => ({ entries: texts.map((m) => ({ t: '2026-11-21T00:00:00', m })) })

describe('the end of the worker thread', () => {
  it('is read from the pieces in which Python writes it', () => {
    const logged = entries('got prompt\n', 'Exception in thread ', 'Thread-1 (prompt_worker)', ':\n', 'Traceback\n')
    expect(createThreadEnd().told(logged)).toBe(true)
  })

  it('is read across two events', () => {
    const end = createThreadEnd()
    expect(end.told(entries('\n', 'Exception in thread '))).toBe(false)
    expect(end.told(entries('Thread-12 (prompt_worker)', ':\n'))).toBe(true)
    expect(end.told(entries('Thread-12 (prompt_worker)'))).toBe(false)
  })

  it.each([
    ['one message', entries('Exception in thread Thread-1 (prompt_worker):\n')],
    ['two prints', entries('Exception in thread ', '\n', 'Thread-1 (prompt_worker)', '\n')],
    ['another thread', entries('Exception in thread ', 'Thread-3 (send_loop)', ':\n')],
    ['a thread that a node named', entries('Exception in thread ', 'x Thread-1 (prompt_worker)', ':\n')],
    ['no entries', { entries: null }],
    ['odd entries', { entries: [null, 'Exception in thread ', { m: 4 }] }],
  ])('is not read from %s', (_, data) => {
    expect(createThreadEnd().told(data)).toBe(false)
  })
})
