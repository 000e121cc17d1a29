import { describe, expect, it } from 'vitest'
import type { ConfirmOptions } from './comfy-page.ts'
import { acceptsEnd } from './ending-jobs.ts'

async function asked(...[me, position]: [Parameters<typeof acceptsEnd>[1], Parameters<typeof acceptsEnd>[2]]) {
  const questions: ConfirmOptions[] = []
  const dialog = {
    confirm: async (question: ConfirmOptions) => {
      questions.push(question)
      return false
    },
  }
  return { accepted: await acceptsEnd({ dialog }, me, position), questions }
}

describe('signing out', () => {
  it.each([
    ['nothing waits or runs', { jobsAtLogout: 'cancel' }, { pending: 0, running: 0 }],
    ['jobs go on', {}, { pending: 2, running: 1 }],
    ['the one that runs goes on', { jobsAtLogout: 'cancel_waiting' }, { pending: 0, running: 1 }],
    ['nobody knows what waits', { jobsAtLogout: 'cancel' }, undefined],
  ] as const)('asks nothing where %s', async (_where, me, position) => {
    expect(await asked(me, position)).toEqual({ accepted: true, questions: [] })
  })

  it.each([
    ['cancel', { pending: 0, running: 1 }, 'wait or run are cancelled'],
    ['cancel_waiting', { pending: 1, running: 0 }, 'that wait are cancelled'],
  ] as const)('says which jobs end with %s, and takes no for an answer', async (jobsAtLogout, position, words) => {
    const { accepted, questions } = await asked({ jobsAtLogout }, position)
    expect(accepted).toBe(false)
    expect(questions).toMatchObject([{ title: 'Sign out', message: expect.stringContaining(words) }])
  })
})
