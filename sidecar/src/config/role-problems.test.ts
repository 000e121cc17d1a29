import { describe, expect, test } from 'vitest'
import { roleProblems } from './role-problems.ts'
import { configSchema } from './schema.ts'

const problemsOf = (draft: object) => roleProblems(configSchema.parse(draft))

describe('roles of the configuration', () => {
  test('may be new ones, based on built-in ones, and named elsewhere', () => {
    expect(
      problemsOf({
        roles: { reviewer: { like: 'guest', may: ['output:delete'] }, user: { may_not: ['upload:create'] } },
        nodes: { refuse: [{ class: 'LoadImage', roles: ['reviewer'] }] },
        placement: [{ role: 'reviewer', worker: 'default' }],
      }),
    ).toEqual([])
  })

  test('are refused without a base, and built-in ones with one', () => {
    expect(problemsOf({ roles: { reviewer: {}, user: { like: 'guest' } } })).toEqual([
      'roles.reviewer.like: name the built-in role that reviewer starts from',
      'roles.user.like: user is built in and starts from itself; remove it',
    ])
  })

  test('have to exist where they are named', () => {
    const problems = problemsOf({
      nodes: { refuse: [{ class: 'LoadImage', roles: ['ghost'] }] },
      placement: [{ role: 'spectre', worker: 'default' }],
    })
    expect([...problems].sort()).toEqual([
      expect.stringMatching(/^nodes\.refuse\.0\.roles\.0: there is no role ghost; choose one of owner, admin/),
      expect.stringMatching(/^placement\.0\.role: there is no role spectre/),
    ])
  })
})
