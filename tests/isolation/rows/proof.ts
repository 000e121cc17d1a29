/** What does it take to prove the sentence of a row from both sides? One entry for each row of the route table. */
import { type BuiltInRole, roleNames } from '@gatehouse/shared/roles'
import { expect } from 'vitest'
import type { Person } from '../../support/person.ts'
import type { Stage } from './stage.ts'

/** What the roles that may not are told. */
export type Refusal = 'forbidden' | 'absent' | { readonly status: number; readonly body: string }

export interface Proof {
  /** Who may; empty: nobody, whatever the role. */
  readonly may: readonly BuiltInRole[]
  /** No identity is asked for. */
  readonly isOpen?: boolean
  /** A request that reaches the row and changes nothing. */
  readonly sample: { readonly path: string; readonly body?: string }
  readonly refusal: Refusal
  /** What those get who may, of what is theirs. */
  readonly own: (stage: Stage) => Promise<void>
  /** What everybody else gets: nothing of it. */
  readonly others: (stage: Stage) => Promise<void>
}

export type Proofs = Readonly<Record<string, Proof>>

export const everyone = roleNames
export const members: readonly BuiltInRole[] = ['owner', 'admin', 'power', 'user']
export const freers: readonly BuiltInRole[] = ['owner', 'admin', 'power']
export const operators: readonly BuiltInRole[] = ['owner', 'admin']
export const owners: readonly BuiltInRole[] = ['owner']

export interface Said {
  readonly status: number
  readonly text: string
}

/** Asks on one side; `route` is method and path. */
export async function said(person: Pick<Person, 'fetch'>, route: string, body?: string): Promise<Said> {
  const [method = '', path = ''] = route.split(' ')
  const headers = { 'content-type': 'application/json' }
  const answer = await person.fetch(path, { method, ...(body === undefined ? {} : { body, headers }) })
  return { status: answer.status, text: await answer.text() }
}

/** Asks on both sides of `/api`, which have to agree. */
export async function bothSides(person: Pick<Person, 'fetch'>, route: string, body?: string): Promise<Said> {
  const atRoot = await said(person, route, body)
  expect(await said(person, route.replace(' ', ' /api'), body), route).toEqual(atRoot)
  return atRoot
}

/** The JSON that both sides answer with 200. */
export async function agreed(person: Pick<Person, 'fetch'>, route: string): Promise<unknown> {
  const { status, text } = await bothSides(person, route)
  expect(status, `${route}: ${text}`).toBe(200)
  return JSON.parse(text)
}

/** What ComfyUI itself answers to whoever reaches it: without this, finding nothing would prove nothing. */
export async function withoutWall(stage: Stage, path: string): Promise<string> {
  return (await fetch(`${stage.comfyui}${path}`)).text()
}

/** A name that was taken for one of the asker's own: the same answer as for one that never was. */
export async function isAsAbsent(
  person: Pick<Person, 'fetch'>,
  ask: (name: string) => { readonly route: string; readonly body?: string },
  foreign: string,
  absent: string,
): Promise<void> {
  const reply = async (name: string): Promise<Said> => {
    const { route, body } = ask(name)
    const { status, text } = await bothSides(person, route, body)
    return { status, text: text.replaceAll(name, '<it>') }
  }
  expect(await reply(foreign)).toEqual(await reply(absent))
}
