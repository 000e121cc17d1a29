/** What proves the rows about files: views, uploads, lists of names? Deeper: files*.test.ts. */
import { expect } from 'vitest'
import { onePixel } from '../../support/graphs.ts'
import { type Person, parseRecord } from '../../support/person.ts'
import { cannotTell, findsNothingOf } from '../../support/verdicts.ts'
import { agreed, everyone, members, type Proof, type Proofs, withoutWall } from './proof.ts'
import { operatorsFile, type Stage, secret } from './stage.ts'

const reading = { may: everyone, refusal: 'forbidden' } as const satisfies Partial<Proof>
const bringing = { may: members, refusal: 'forbidden' } as const satisfies Partial<Proof>

const own = `/view?type=input&filename=${secret}.png`

async function bytesOf(person: Pick<Person, 'fetch'>, path: string): Promise<readonly [number, Buffer]> {
  const answer = await person.fetch(path)
  return [answer.status, Buffer.from(await answer.arrayBuffer())]
}

async function uploads(person: Person, path: string, name: string, bytes: Uint8Array, more: object): Promise<Response> {
  const form = new FormData()
  form.append('image', new Blob([Uint8Array.from(bytes)]), name)
  for (const [field, value] of Object.entries(more)) form.append(field, String(value))
  return person.fetch(path, { method: 'POST', body: form })
}

async function lists({ world }: Stage, path: string): Promise<void> {
  expect(JSON.stringify(await agreed(world.ann, `GET ${path}`))).toContain(`${secret}.png`)
}

async function hides(stage: Stage, path: string): Promise<void> {
  const { world, people } = stage
  expect(await withoutWall(stage, path)).toContain(operatorsFile)
  for (const person of [world.bob, people.owner]) {
    await agreed(person, `GET ${path}`)
    await findsNothingOf(person, [secret, operatorsFile], [path])
  }
  // Birch named a folder of its own after that of Acme.
  for (const person of [world.alice, people.power])
    await findsNothingOf(person, [operatorsFile, world.alice.folderKey], [path])
}

export const files: Proofs = {
  'GET /view': {
    ...reading,
    sample: { path: '/view?type=input&filename=nothing.png' },
    own: async ({ world, people }) => {
      for (const person of [world.alice, world.ann, people.guest]) {
        for (const prefix of ['', '/api'])
          expect(await bytesOf(person, `${prefix}${own}`)).toEqual([200, Buffer.from(onePixel)])
      }
    },
    others: async (stage) => {
      const { world, people } = stage
      const foreign = `&subfolder=${world.alice.folderKey}`
      expect((await fetch(`${stage.comfyui}${own}${foreign}`)).status).toBe(200)
      for (const person of [world.bob, people.owner]) {
        for (const [type, more] of [
          ['input', ''],
          ['input', foreign],
          ['output', foreign],
        ]) {
          const name = type === 'input' ? `${secret}.png` : `${secret}_00001_.png`
          await cannotTell(world, person, { path: `/view?type=${type}${more}&filename={id}` }, name, 'never-was.png')
        }
        // What the operator put into ComfyUI's own folders is no tenant's.
        await cannotTell(world, person, { path: '/view?type=input&filename={id}' }, operatorsFile, 'never-was.png')
      }
    },
  },
  'POST /upload/image': {
    ...bringing,
    sample: { path: '/upload/image', body: '{}' },
    own: async ({ world }) => {
      const answer = await uploads(world.alice, '/api/upload/image', 'brought.png', onePixel, {})
      expect(await answer.json()).toEqual({ name: 'brought.png', subfolder: '', type: 'input' })
      expect((await bytesOf(world.ann, '/view?type=input&filename=brought.png'))[0]).toBe(200)
    },
    others: async ({ world, people }) => {
      const name = 'taken-by-acme.png'
      await world.alice.uploads(name, onePixel)
      for (const person of [world.bob, people.owner]) {
        for (const [prefix, subfolder] of [
          ['', ''],
          ['/api', world.alice.folderKey],
        ]) {
          const more = { overwrite: 'true', subfolder }
          const answer = await uploads(person, `${prefix}/upload/image`, name, Buffer.from('other'), more)
          // The same name is free to whoever takes it: nothing tells that another one has it.
          expect(await answer.json()).toEqual({ name, subfolder, type: 'input' })
        }
        const shown = await bytesOf(world.alice, `/view?type=input&filename=${name}`)
        expect(shown).toEqual([200, Buffer.from(onePixel)])
      }
    },
  },
  'POST /upload/mask': {
    ...bringing,
    sample: { path: '/upload/mask', body: '{}' },
    own: async ({ world }) => {
      const original_ref = JSON.stringify({ filename: `${secret}.png`, type: 'input' })
      const answer = await uploads(world.ann, '/api/upload/mask', 'mask.png', onePixel, { original_ref })
      expect(parseRecord(await answer.json()).name).toBe('mask.png')
    },
    others: async ({ world, people }) => {
      for (const person of [world.bob, people.owner]) {
        for (const subfolder of ['', world.alice.folderKey]) {
          const reply = async (prefix: string, filename: string) => {
            const original_ref = JSON.stringify({ filename, type: 'input', subfolder })
            const answer = await uploads(person, `${prefix}/upload/mask`, 'taken.png', onePixel, { original_ref })
            return [answer.status, (await answer.text()).replaceAll(filename, '<it>')]
          }
          for (const prefix of ['', '/api'])
            expect(await reply(prefix, `${secret}.png`)).toEqual(await reply(prefix, 'never-was.png'))
        }
        expect((await bytesOf(person, '/view?type=input&filename=taken.png'))[0]).toBe(404)
      }
    },
  },
  'GET /internal/files/:root': {
    ...reading,
    sample: { path: '/internal/files/input' },
    own: async ({ world, people }) => {
      for (const person of [world.alice, world.ann, people.guest]) {
        expect(await (await person.fetch('/internal/files/input')).json()).toContain(`${secret}.png [input]`)
        expect(await (await person.fetch('/internal/files/output')).json()).toContain(`${secret}_00001_.png [output]`)
      }
    },
    others: async (stage) => {
      for (const path of ['/internal/files/input', '/internal/files/output']) {
        expect(await withoutWall(stage, path)).toContain(operatorsFile)
        for (const person of [stage.world.alice, stage.world.bob, stage.people.owner])
          await findsNothingOf(person, [operatorsFile], [path])
      }
      for (const person of [stage.world.bob, stage.people.owner])
        await findsNothingOf(person, [secret], ['/internal/files/input', '/internal/files/output'])
    },
  },
  'GET /object_info': {
    ...reading,
    sample: { path: '/object_info' },
    own: (stage) => lists(stage, '/object_info'),
    others: (stage) => hides(stage, '/object_info'),
  },
  'GET /object_info/:class': {
    ...reading,
    sample: { path: '/object_info/LoadImage' },
    own: (stage) => lists(stage, '/object_info/LoadImage'),
    others: (stage) => hides(stage, '/object_info/LoadImage'),
  },
}
