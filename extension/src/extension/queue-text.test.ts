import { describe, expect, it } from 'vitest'
import { queueBadge, queueSentence } from './queue-text.ts'

describe('a place in the queue', () => {
  it.each([
    [{ pending: 0, running: 0, ahead: null, startsInSeconds: null }, 'No jobs in the queue.', null],
    [{ pending: 0, running: 1, ahead: null, startsInSeconds: null }, '1 job running.', null],
    [{ pending: 2, running: 0, ahead: 0, startsInSeconds: null }, '2 jobs waiting; the first is next.', '1'],
    [
      { pending: 1, running: 1, ahead: 3, startsInSeconds: null },
      '1 job running, 1 job waiting; 3 jobs before the first.',
      '4',
    ],
    [{ pending: 1, running: 0, ahead: 1, startsInSeconds: null }, '1 job waiting; 1 job before the first.', '2'],
    [{ pending: 1, running: 0, ahead: 400, startsInSeconds: null }, '1 job waiting; 400 jobs before the first.', '99+'],
    [{ pending: 1, running: 0, ahead: null, startsInSeconds: null }, '1 job waiting.', '1'],
    [
      { pending: 2, running: 1, ahead: 0, startsInSeconds: 90 },
      '1 job running, 2 jobs waiting; the first is next, in about 90 seconds.',
      '1',
    ],
    [
      { pending: 1, running: 0, ahead: 12, startsInSeconds: 450 },
      '1 job waiting; 12 jobs before the first, which starts in about 8 minutes.',
      '13',
    ],
    [
      { pending: 1, running: 0, ahead: 200, startsInSeconds: 21_600 },
      '1 job waiting; 200 jobs before the first, which starts in about 6 hours.',
      '99+',
    ],
  ])('%j is told as %j with badge %j', (position, sentence, badge) => {
    expect(queueSentence(position)).toBe(sentence)
    expect(queueBadge(position)).toBe(badge)
  })
})
