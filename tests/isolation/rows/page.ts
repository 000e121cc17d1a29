/** What proves the rows about the page: bound to a person, its scripts for those who are signed in, the rest public? */
import { expect } from 'vitest'
import { agreed, everyone, type Proof, type Proofs, said, withoutWall } from './proof.ts'
import { blueprint, replacements, type Stage, secret } from './stage.ts'

const opening = { may: everyone, refusal: 'forbidden' } as const satisfies Partial<Proof>

const everybody = ({ world, people }: Stage) => [world.alice, ...Object.values(people)]

function document(path: string): Proof {
  return {
    ...opening,
    sample: { path },
    own: async (stage) => {
      expect(await withoutWall(stage, '/')).toContain('<title>ComfyUI</title>')
      for (const person of everybody(stage)) {
        const { status, text } = await said(person, `GET ${path}`)
        expect([status, text]).toEqual([200, expect.stringContaining('<title>ComfyUI</title>')])
        expect(text).toContain(person.name)
      }
    },
    others: async ({ world }) => {
      const page = async (person: typeof world.alice) => (await said(person, `GET ${path}`)).text
      // Of the same tenant or not: another person's page is another page.
      for (const other of [world.ann, world.bob]) {
        expect(await page(other)).not.toBe(await page(world.alice))
        expect(await page(other)).not.toContain(world.alice.name)
      }
      const stranger = await said(world.mallory, `GET ${path}`)
      expect(stranger.text).not.toContain('<title>ComfyUI</title>')
    },
  }
}

/** The same for everybody who is signed in, as ComfyUI has it; a stranger cannot tell it from what never was. */
function shared(path: string, expected: (stage: Stage) => unknown): Proof {
  return {
    ...opening,
    sample: { path },
    own: async (stage) => {
      for (const person of everybody(stage)) expect(await agreed(person, `GET ${path}`)).toEqual(expected(stage))
    },
    others: async (stage) => {
      expect(await withoutWall(stage, path)).not.toContain(secret)
      await isNothingToStrangers(stage, path)
      await isNothingToStrangers(stage, `/api${path}`)
    },
  }
}

async function isNothingToStrangers({ world }: Stage, path: string): Promise<void> {
  const stranger = await said(world.mallory, `GET ${path}`)
  expect(stranger.status).toBe(401)
  const absent = await said(world.mallory, `GET ${path.startsWith('/api') ? '/api' : ''}/never-was`)
  expect(withoutIds(stranger.text)).toBe(withoutIds(absent.text))
}

/** Each request has an id of its own. */
function withoutIds(text: string): string {
  return text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>')
}

/** A file for those who are signed in; one that ComfyUI does not have is the same 404 for everybody. */
function packFile(path: string, text: string, absentPath: string): Proof {
  return {
    ...opening,
    sample: { path },
    own: async (stage) => {
      const at = path.startsWith('/workflow_templates/') ? `/api${path}` : path
      expect(await withoutWall(stage, at)).toBe(text)
      for (const person of everybody(stage)) expect(await said(person, `GET ${at}`)).toEqual({ status: 200, text })
    },
    others: async (stage) => {
      const at = path.startsWith('/workflow_templates/') ? '/api' : ''
      await isNothingToStrangers(stage, `${at}${path}`)
      await isNothingToStrangers(stage, `${at}${absentPath}`)
      expect((await said(stage.world.bob, `GET ${at}${absentPath}`)).status).toBe(404)
    },
  }
}

/** Public software: byte for byte the same for strangers, and holds nothing of anybody's. */
function publicFile(path: string, text: string): Proof {
  return {
    ...opening,
    isOpen: true,
    sample: { path },
    own: async (stage) => {
      expect(await withoutWall(stage, path)).toBe(text)
      for (const person of [...everybody(stage), stage.world.mallory])
        expect(await said(person, `GET ${path}`)).toEqual({ status: 200, text })
    },
    others: async (stage) => {
      const folder = path.slice(0, path.lastIndexOf('/'))
      for (const beside of [
        '/..%2Fscripts%2Fapp.js',
        '/%2e%2e/extensions/pack/front.js',
        `/..%2F..%2Finput%2F${secret}.png`,
      ]) {
        const stranger = await said(stage.world.mallory, `GET ${folder}${beside}`)
        expect(stranger.status, beside).toBeGreaterThanOrEqual(400)
      }
    },
  }
}

const ownScript = '/extensions/gatehouse/extension.js'

export const page: Proofs = {
  'GET /': document('/'),
  'GET /index.html': document('/index.html'),
  'GET /extensions': shared('/extensions', () => ['/extensions/pack/front.js', ownScript]),
  'GET /workflow_templates': shared('/workflow_templates', () => ({ pack: ['example'] })),
  'GET /i18n': shared('/i18n', () => ({ de: { nodeDefs: { KSampler: { display_name: 'Abtaster' } } } })),
  'GET /global_subgraphs': shared('/global_subgraphs', () => ({ blur: { ...blueprint, data: '{"nodes":[]}' } })),
  'GET /global_subgraphs/:id': shared('/global_subgraphs/blur', () => ({ ...blueprint, data: '{"nodes":[]}' })),
  'GET /node_replacements': shared('/node_replacements', () => replacements),
  'root GET /assets/*': publicFile('/assets/index.js', 'export const asset = 1'),
  'GET /fonts/*': publicFile('/fonts/inter.woff2', 'font'),
  'GET /cursor/*': publicFile('/cursor/grab.png', 'cursor'),
  'GET /materialdesignicons.min.css': publicFile('/materialdesignicons.min.css', '.icons{}'),
  'GET /favicon.ico': publicFile('/favicon.ico', 'icon'),
  'GET /scripts/*': packFile('/scripts/app.js', 'export const script = 1', '/scripts/never-was.js'),
  'GET /extensions/*': packFile('/extensions/pack/front.js', 'export const pack = 1', '/extensions/pack/never-was.js'),
  'GET /templates/*': packFile('/templates/first.json', '{"nodes":["template"]}', '/templates/never-was.json'),
  'GET /docs/*': packFile('/docs/KSampler/en.md', '# KSampler', '/docs/KSampler/never-was.md'),
  'GET /workflow_templates/*': packFile(
    '/workflow_templates/pack/example.json',
    '{"nodes":["example"]}',
    '/workflow_templates/pack/never-was.json',
  ),
}
