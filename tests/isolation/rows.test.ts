/** Is the sentence of every row of the route table true, of those who may and of everybody else? */
import { type BuiltInRole, roleNames } from '@gatehouse/shared/roles'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileTable } from '../../sidecar/src/policy/compile-table.ts'
import type { Row } from '../../sidecar/src/policy/row.ts'
import { resources } from '../../sidecar/src/routes/index.generated.ts'
import type { Person } from '../support/person.ts'
import { files } from './rows/files.ts'
import { models } from './rows/models.ts'
import { page } from './rows/page.ts'
import { type Proof, type Proofs, said } from './rows/proof.ts'
import { saved } from './rows/saved.ts'
import { serverProofs } from './rows/server.ts'
import { createStage, type Stage } from './rows/stage.ts'
import { work } from './rows/work.ts'

const table = compileTable(resources)
const parts: readonly Proofs[] = [work, files, saved, models, serverProofs, page]
const proofs: Proofs = Object.assign({}, ...parts)
const rows = table.rows.map((row) => [nameOf(row), row, proofs[nameOf(row)]] as const)
const proven = rows.flatMap(([name, row, proof]) => (proof === undefined ? [] : [{ name, row, proof }]))

/** Two rows share a route where ComfyUI serves one thing at the root and another below `/api`. */
function nameOf(row: Row): string {
  const isShared = table.rows.some((other) => other !== row && other.key === row.key)
  return isShared ? `${row.at} ${row.key}` : row.key
}

let stage: Stage
beforeAll(async () => {
  stage = await createStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

describe('the proofs', () => {
  it('are one for each row', () => {
    expect(rows.filter(([, , proof]) => proof === undefined).map(([name]) => name)).toEqual([])
    const names = new Set(rows.map(([name]) => name))
    const keys = parts.flatMap((part) => Object.keys(part))
    expect(keys.filter((key) => !names.has(key))).toEqual([])
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('those who may get what is theirs', () => {
  it.each(proven)('by $name', async ({ proof }) => {
    await proof.own(stage)
  })
})

describe('everybody else gets nothing of it', () => {
  it.each(proven)('by $name', async ({ proof }) => {
    await proof.others(stage)
  })
})

describe('every role that may', () => {
  it.each(proven.filter(({ proof }) => proof.may.length > 0))('is let in by $name', async ({ row, proof }) => {
    for (const prefix of sidesOf(row)) {
      for (const role of proof.may) {
        const reply = await sampled(stage.people[role], row, proof, prefix)
        expect([401, 403], `${role}: ${reply.text}`).not.toContain(reply.status)
      }
    }
  })
})

describe('a role that may not', () => {
  it.each(proven.filter(({ proof }) => refusedBy(proof).length > 0))('is refused by $name', async ({ row, proof }) => {
    for (const prefix of sidesOf(row)) {
      for (const role of refusedBy(proof)) {
        const reply = await sampled(stage.people[role], row, proof, prefix)
        expect(reply, role).toEqual(await refusalOf(stage.people[role], proof, prefix))
      }
    }
  })

  it.each(proven.filter(({ proof }) => proof.isOpen !== true))('and a stranger by $name', async ({ row, proof }) => {
    for (const prefix of sidesOf(row)) {
      const reply = await sampled(stage.world.mallory, row, proof, prefix)
      expect(reply.status, reply.text).toBe(401)
    }
  })
})

describe('the other side of /api', () => {
  it.each(proven.filter(({ row }) => row.at !== 'both' && !servesBoth(row)))('has no $name', async ({ row, proof }) => {
    const [prefix = ''] = ['', '/api'].filter((side) => !sidesOf(row).includes(side))
    for (const role of roleNames)
      expect(await sampled(stage.people[role], row, proof, prefix)).toEqual(await absent(stage.people[role], prefix))
  })
})

function refusedBy({ may }: Proof): readonly BuiltInRole[] {
  return roleNames.filter((role) => !may.includes(role))
}

function servesBoth(row: Row): boolean {
  return table.rows.some((other) => other !== row && other.key === row.key)
}

function sidesOf({ at }: Row): readonly string[] {
  return { both: ['', '/api'], root: [''], api: ['/api'] }[at]
}

function sampled(person: Person, row: Row, { sample }: Proof, prefix: string): ReturnType<typeof said> {
  // A slash at the end makes another path, which nobody has (http/canonical-path.ts).
  const path = prefix !== '' && sample.path === '/' ? prefix : `${prefix}${sample.path}`
  return said(person, `${row.method} ${path}`, sample.body)
}

function absent(person: Person, prefix: string): ReturnType<typeof said> {
  return said(person, `GET ${prefix}/never-was/at-all`)
}

async function refusalOf(person: Person, { refusal }: Proof, prefix: string): ReturnType<typeof said> {
  if (refusal === 'absent') return absent(person, prefix)
  if (refusal === 'forbidden') return { status: 403, text: expect.stringContaining('forbidden') }
  return { status: refusal.status, text: refusal.body }
}
