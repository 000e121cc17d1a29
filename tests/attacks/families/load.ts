/** Is a limit met by many hands at once as by one? Deeper: tests/isolation/limits.test.ts, tests/isolation/fair-queue.test.ts. */
import { expect } from 'vitest'
import { savedPicture } from '../../support/graphs.ts'
import { until } from '../../support/person.ts'
import { attack, type Family, runners } from '../attack.ts'

const atOnce = 50

const race = attack('A49', 'fifty prompts at once where one may wait', {
  by: runners,
  attempt: async ({ attacker, owner, world }) => {
    world.practice.hold()
    await owner.post('/prompt', { prompt: savedPicture('runs') })
    await until(async () => ((await world.olga.json('/queue')).queue_running as unknown[])[0])
    const replies = await Promise.all(
      Array.from({ length: atOnce }, (_, index) => attacker.post('/prompt', { prompt: savedPicture(`r-${index}`) })),
    )
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(atOnce - 1)
  },
  control: async ({ victim, attacker, world }) => {
    const other = await victim.post('/prompt', { prompt: savedPicture('of-another') })
    world.practice.release()
    for (const actor of [victim, attacker])
      await until(async () => ((await actor.ask('GET', '/prompt')).body.includes(':0') ? true : undefined))
    return other
  },
})

export const load: Family = {
  name: 'limits',
  world: {
    config: (config) => ({ ...config, limits: { ...config.limits, pending_jobs: 1, requests_in_flight: 1_000 } }),
  },
  attacks: [race],
}
