/** What proves the rows about saved workflows, settings and users? Deeper: userdata.test.ts, tests/userdata/. */
import { expect } from 'vitest'
import { cannotTell, findsNothingOf } from '../../support/verdicts.ts'
import { agreed, bothSides, everyone, members, type Proof, type Proofs, said, withoutWall } from './proof.ts'
import { type Stage, secret } from './stage.ts'

const reading = { may: everyone, refusal: 'forbidden' } as const satisfies Partial<Proof>
const writing = { may: members, refusal: 'forbidden' } as const satisfies Partial<Proof>

const plan = { nodes: [secret] }

async function savesPlan({ world }: Stage, name = `${secret}.json`): Promise<void> {
  const answer = await world.alice.post(`/userdata/workflows%2F${name}?overwrite=true`, plan)
  expect(answer.status).toBe(200)
}

/** ComfyUI keeps files of its own, which are no tenant's. */
async function comfyuiKeeps({ comfyui }: Stage): Promise<void> {
  await fetch(`${comfyui}/userdata/workflows%2Foperators-plan.json`, { method: 'POST', body: '{}' })
}

async function listsOwn(stage: Stage, path: string): Promise<void> {
  await savesPlan(stage)
  for (const person of [stage.world.alice, stage.world.ann, stage.people.guest])
    expect(JSON.stringify(await agreed(person, `GET ${path}`))).toContain(`${secret}.json`)
}

async function listsNobodys(stage: Stage, path: string): Promise<void> {
  await savesPlan(stage)
  await comfyuiKeeps(stage)
  expect(await withoutWall(stage, path)).toContain('operators-plan')
  for (const person of [stage.world.bob, stage.people.owner])
    await findsNothingOf(person, [secret, 'operators-plan'], [path])
  await findsNothingOf(stage.world.alice, ['operators-plan'], [path])
}

const foreign = [`${secret}.json`, 'operators-plan.json'] as const
const absent = (name: string): string => `gone${name.slice('gone'.length)}`

/** Another's file is one that never was, and is still there afterwards. */
function cannotTouch(method: string, after: string, body?: string) {
  return async (stage: Stage): Promise<void> => {
    const { world, people } = stage
    await savesPlan(stage)
    await comfyuiKeeps(stage)
    for (const person of [world.bob, people.owner]) {
      for (const name of foreign) {
        const probe = { method, path: `/userdata/workflows%2F{id}${after}`, ...(body === undefined ? {} : { body }) }
        await cannotTell(world, person, probe, name, absent(name))
      }
    }
    expect(await agreed(world.alice, `GET /userdata/workflows%2F${secret}.json`)).toEqual(plan)
    expect(await withoutWall(stage, '/userdata?dir=workflows')).toContain('operators-plan')
  }
}

const palette = 'Comfy.ColorPalette'

async function choosesPalette({ world, comfyui }: Stage): Promise<void> {
  expect((await world.alice.post(`/settings/${palette}`, secret)).status).toBe(200)
  await fetch(`${comfyui}/settings`, { method: 'POST', body: JSON.stringify({ [palette]: 'operators-choice' }) })
}

async function settingsAreTheUsers(stage: Stage, path: string): Promise<void> {
  await choosesPalette(stage)
  expect(await withoutWall(stage, path)).toContain('operators-choice')
  for (const person of [stage.world.ann, stage.world.bob, stage.people.owner])
    await findsNothingOf(person, [secret, 'operators-choice'], [path])
}

/** What others write is their own, and ComfyUI hears of none of it. */
function writesOwnOnly(route: string, body: string) {
  return async (stage: Stage): Promise<void> => {
    await choosesPalette(stage)
    const heard = await stage.heardWhile(async () => {
      for (const person of [stage.world.ann, stage.world.bob, stage.people.owner])
        expect((await bothSides(person, route, body)).status).toBe(200)
    })
    expect(heard).toEqual([])
    expect(await agreed(stage.world.alice, `GET /settings/${palette}`)).toBe(secret)
    for (const person of [stage.world.ann, stage.world.bob, stage.people.owner])
      await person.post(`/settings`, { [palette]: null })
  }
}

export const saved: Proofs = {
  'GET /userdata': {
    ...reading,
    sample: { path: '/userdata?dir=.' },
    own: (stage) => listsOwn(stage, '/userdata?dir=workflows'),
    others: (stage) => listsNobodys(stage, '/userdata?dir=workflows'),
  },
  'GET /v2/userdata': {
    ...reading,
    sample: { path: '/v2/userdata' },
    own: (stage) => listsOwn(stage, '/v2/userdata?path=workflows'),
    others: (stage) => listsNobodys(stage, '/v2/userdata?path=workflows'),
  },
  'GET /userdata/:file': {
    ...reading,
    sample: { path: '/userdata/nothing.json' },
    own: async (stage) => {
      await savesPlan(stage)
      for (const person of [stage.world.ann, stage.people.guest])
        expect(await agreed(person, `GET /userdata/workflows%2F${secret}.json`)).toEqual(plan)
    },
    others: cannotTouch('GET', ''),
  },
  'POST /userdata/:file': {
    ...writing,
    sample: { path: '/userdata/sample.json', body: '{}' },
    own: async (stage) => {
      const heard = await stage.heardWhile(async () => {
        expect(await bothSides(stage.world.ann, 'POST /userdata/workflows%2Fnew.json', '{"a":1}')).toEqual({
          status: 200,
          text: '"workflows/new.json"',
        })
      })
      expect(heard).toEqual([])
      expect(await agreed(stage.world.alice, 'GET /userdata/workflows%2Fnew.json')).toEqual({ a: 1 })
    },
    // A name that only another one has is free: no conflict tells of it.
    others: async (stage) => {
      await cannotTouch('POST', '?overwrite=false', '{}')(stage)
      for (const person of [stage.world.bob, stage.people.owner])
        for (const name of [...foreign, ...foreign.map(absent)])
          await said(person, `DELETE /userdata/workflows%2F${name}`)
    },
  },
  'DELETE /userdata/:file': {
    ...writing,
    sample: { path: '/userdata/nothing.json' },
    own: async (stage) => {
      await savesPlan(stage, 'short-lived.json')
      expect((await said(stage.world.ann, 'DELETE /api/userdata/workflows%2Fshort-lived.json')).status).toBe(204)
      expect((await bothSides(stage.world.alice, 'GET /userdata/workflows%2Fshort-lived.json')).status).toBe(404)
    },
    others: cannotTouch('DELETE', ''),
  },
  'POST /userdata/:file/move/:destination': {
    ...writing,
    sample: { path: '/userdata/nothing.json/move/nowhere.json' },
    own: async (stage) => {
      await savesPlan(stage, 'before.json')
      const move = 'POST /api/userdata/workflows%2Fbefore.json/move/workflows%2Fafter.json?overwrite=true'
      expect((await said(stage.world.ann, move)).status).toBe(200)
      expect(await agreed(stage.world.alice, 'GET /userdata/workflows%2Fafter.json')).toEqual(plan)
    },
    others: cannotTouch('POST', '/move/stolen.json'),
  },
  'GET /settings': {
    ...reading,
    sample: { path: '/settings' },
    own: async (stage) => {
      await choosesPalette(stage)
      expect(await agreed(stage.world.alice, 'GET /settings')).toMatchObject({ [palette]: secret })
    },
    others: (stage) => settingsAreTheUsers(stage, '/settings'),
  },
  'GET /settings/:id': {
    ...reading,
    sample: { path: '/settings/nothing' },
    own: async (stage) => {
      await choosesPalette(stage)
      expect(await agreed(stage.world.alice, `GET /settings/${palette}`)).toBe(secret)
    },
    others: (stage) => settingsAreTheUsers(stage, `/settings/${palette}`),
  },
  'POST /settings': {
    ...writing,
    sample: { path: '/settings', body: '{}' },
    own: async ({ world }) => {
      expect((await bothSides(world.alice, 'POST /settings', '{"rows":"own"}')).status).toBe(200)
      expect(await agreed(world.alice, 'GET /settings')).toMatchObject({ rows: 'own' })
    },
    others: writesOwnOnly('POST /settings', JSON.stringify({ [palette]: 'another' })),
  },
  'POST /settings/:id': {
    ...writing,
    sample: { path: '/settings/rows-sample', body: '1' },
    own: async ({ world }) => {
      expect((await bothSides(world.alice, 'POST /settings/rows', '"one"')).status).toBe(200)
      expect(await agreed(world.alice, 'GET /settings/rows')).toBe('one')
    },
    others: writesOwnOnly(`POST /settings/${palette}`, '"another"'),
  },
  'GET /users': {
    ...reading,
    sample: { path: '/users' },
    own: async ({ people }) => {
      for (const person of Object.values(people))
        expect(await agreed(person, 'GET /users')).toEqual({ storage: 'server', migrated: true })
    },
    others: async (stage) => {
      expect(await withoutWall(stage, '/users')).toContain('operators-other-user')
      for (const person of [stage.world.alice, stage.people.owner])
        await findsNothingOf(person, ['alice', 'bob', 'operators-other-user'], ['/users'])
    },
  },
  'POST /users': {
    may: [],
    sample: { path: '/users', body: '{"username":"eve"}' },
    refusal: { status: 400, body: '{"error":"Users are managed by Gatehouse."}' },
    own: async ({ comfyui }) => {
      expect((await fetch(`${comfyui}/users`, { method: 'POST', body: '{"username":"eve"}' })).status).toBe(200)
    },
    others: async ({ heardWhile, people }) => {
      expect(await heardWhile(() => bothSides(people.owner, 'POST /users', '{"username":"eve"}'))).toEqual([])
    },
  },
  'GET /user.css': {
    may: [],
    sample: { path: '/user.css' },
    refusal: { status: 404, body: '' },
    own: async ({ people }) => {
      const answer = await people.user.fetch('/user.css')
      expect(answer.headers.get('content-type')).toMatch(/^text\/css/)
    },
    others: async (stage) => {
      expect(await withoutWall(stage, '/user.css')).toContain('red')
      expect(await stage.heardWhile(() => stage.people.owner.fetch('/user.css'))).toEqual([])
    },
  },
}
