/** What proves the rows about models: shared ones for all, without host paths and without those that tenants saved? */
import { expect } from 'vitest'
import { type Person, parseRecord } from '../../support/person.ts'
import { cannotTell, findsNothingOf } from '../../support/verdicts.ts'
import { agreed, bothSides, everyone, type Proof, type Proofs, said, withoutWall } from './proof.ts'
import { type Stage, secret } from './stage.ts'

const reading = { may: everyone, refusal: 'forbidden' } as const satisfies Partial<Proof>
const shared = 'house-style.safetensors'
/** ComfyUI 0.9.1 and older have no `datasets`. */
async function closedFolders(stage: Stage): Promise<readonly string[]> {
  const folders = await withoutWall(stage, '/models')
  expect(folders).toContain('custom_nodes')
  return ['custom_nodes', 'datasets'].filter((name) => folders.includes(name))
}

/** Not even its own tenant is shown where it lies: a folder key is in no answer. */
const anybody = ({ world, people }: Stage): readonly Person[] => [world.alice, world.bob, people.owner]

async function hides(stage: Stage, path: string, words: readonly string[]): Promise<void> {
  const text = await withoutWall(stage, path)
  for (const word of words) expect(text).toContain(word)
  for (const person of anybody(stage)) {
    await agreed(person, `GET ${path}`)
    await findsNothingOf(person, words, [path])
  }
}

/** A folder whose every file ComfyUI lists is none at all. */
async function keepsClosed(stage: Stage, path: string): Promise<void> {
  for (const folder of await closedFolders(stage)) {
    expect(await withoutWall(stage, `${path}/${folder}`)).toContain('private-')
    for (const person of anybody(stage))
      expect(await bothSides(person, `GET ${path}/${folder}`)).toEqual(await bothSides(person, `GET ${path}/never-was`))
  }
}

/** `{key}` is the folder of Acme inside ComfyUI. */
async function isAbsent(stage: Stage, path: string, foreign: string): Promise<void> {
  const { world } = stage
  const name = foreign.replace('{key}', world.alice.folderKey)
  const control = await fetch(`${stage.comfyui}${path.replace('{id}', encodeURIComponent(name))}`)
  expect([control.status, await control.text()]).toEqual([200, expect.stringContaining(secret)])
  for (const person of anybody(stage)) {
    const heard = await stage.heardWhile(() =>
      cannotTell(world, person, { path }, name, name.replace(secret, 'never-was')),
    )
    expect(heard.filter((line) => line.includes(secret))).toEqual([])
  }
}

export const models: Proofs = {
  'GET /embeddings': {
    ...reading,
    sample: { path: '/embeddings' },
    own: async (stage) => {
      for (const person of anybody(stage)) expect(await agreed(person, 'GET /embeddings')).toEqual(['house-word'])
    },
    others: (stage) => hides(stage, '/embeddings', [secret, stage.world.alice.folderKey]),
  },
  'GET /models': {
    ...reading,
    sample: { path: '/models' },
    own: async (stage) => {
      const all: unknown = JSON.parse(await withoutWall(stage, '/models'))
      if (!Array.isArray(all)) throw new Error('no list of folders')
      const closed = await closedFolders(stage)
      const open = all.filter((name) => !closed.includes(String(name)))
      for (const person of anybody(stage)) expect(await agreed(person, 'GET /models')).toEqual(open)
    },
    others: async (stage) => hides(stage, '/models', await closedFolders(stage)),
  },
  'GET /models/:folder': {
    ...reading,
    sample: { path: '/models/loras' },
    own: async (stage) => {
      for (const person of anybody(stage)) expect(await agreed(person, 'GET /models/loras')).toEqual([shared])
    },
    others: async (stage) => {
      await hides(stage, '/models/loras', [secret, stage.world.alice.folderKey])
      await keepsClosed(stage, '/models')
    },
  },
  'GET /experiment/models': {
    ...reading,
    sample: { path: '/experiment/models' },
    own: async (stage) => {
      for (const person of anybody(stage)) {
        const folders = await agreed(person, 'GET /experiment/models')
        // As many folders as there are, which the UI counts, and no name of one.
        expect(folders).toContainEqual(expect.objectContaining({ name: 'loras', folders: ['', ''] }))
      }
    },
    others: async (stage) => {
      // ComfyUI itself leaves its packs out of this one.
      const closed = (await closedFolders(stage)).filter((name) => name !== 'custom_nodes')
      await hides(stage, '/experiment/models', [stage.world.practice.baseDirectory, ...closed])
    },
  },
  'GET /experiment/models/:folder': {
    ...reading,
    sample: { path: '/experiment/models/loras' },
    own: async (stage) => {
      for (const person of anybody(stage))
        expect(await agreed(person, 'GET /experiment/models/loras')).toEqual([
          expect.objectContaining({ name: shared, pathIndex: 0 }),
        ])
    },
    others: async (stage) => {
      await hides(stage, '/experiment/models/loras', [secret, stage.world.alice.folderKey])
      await keepsClosed(stage, '/experiment/models')
    },
  },
  'GET /experiment/models/preview/:folder/:index/:filename': {
    ...reading,
    sample: { path: '/experiment/models/preview/loras/0/nothing.safetensors' },
    own: async (stage) => {
      for (const person of anybody(stage))
        expect(await bothSides(person, `GET /experiment/models/preview/loras/0/${shared}`)).toEqual({
          status: 200,
          text: 'house picture',
        })
    },
    others: (stage) => isAbsent(stage, '/experiment/models/preview/loras/1/{id}', `{key}/${secret}.safetensors`),
  },
  'GET /view_metadata/:folder': {
    ...reading,
    sample: { path: '/view_metadata/loras?filename=nothing.safetensors' },
    own: async (stage) => {
      for (const person of anybody(stage)) {
        const { text } = await said(person, `GET /api/view_metadata/loras?filename=${shared}`)
        expect(parseRecord(JSON.parse(text))).toEqual({ author: 'the operator' })
      }
    },
    others: (stage) => isAbsent(stage, '/view_metadata/loras?filename={id}', `{key}/${secret}.safetensors`),
  },
}
