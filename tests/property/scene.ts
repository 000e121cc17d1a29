/** What can a deed reach? The person who does it, the others, and ComfyUI's door; what the watched see is written down. */
import { randomUUID } from 'node:crypto'
import { parseRecord } from '../support/person.ts'
import { type Actor, cast, isWatched, type Name } from './actor.ts'
import { ask, type Question, type Seen } from './ask.ts'
import { advance, type Stage } from './stage.ts'

/** Whose things a deed is about: one's own, or those of somebody across the wall. */
export type Whose = 'own' | 'foreign'

export interface Scene {
  readonly stage: Stage
  readonly me: Actor
  readonly foreign: Actor
  /** Asks, and writes down what came; `about` are names that the question itself holds. */
  ask(question: Question, about?: readonly string[]): Promise<Seen>
  /** The id of the nth job of one's own or of another's; one that never was when there is none. */
  jobOf(whose: Whose, index: number): string
  /** The name of a preview of theirs; one that never was when there is none. */
  previewOf(whose: Whose): Promise<string>
  /** ComfyUI's own name of a preview that somebody across the wall has; one that never was when there is none. */
  strayTempName(): Promise<string>
  /** Lets the worker go on: with the job that runs, or with all that the person's tenant has. */
  letRun(what: 'one' | 'all'): Promise<void>
  /** An id that nobody had before, the same for the whole run. */
  idNamed(name: string): string
}

/** One thing that somebody does. */
export interface Deed {
  /** As the rest of a sentence that begins with a name. */
  readonly says: string
  readonly does: (scene: Scene) => Promise<void>
}

export interface SceneParts {
  readonly stage: Stage
  readonly me: Actor
  readonly foreign: Actor
  readonly ids: Map<string, string>
  /** Who posted which prompt of ComfyUI's. */
  readonly posters: ReadonlyMap<string, Name>
  readonly write: ((seen: Seen, about: readonly string[]) => void) | undefined
}

export function createScene({ stage, me, foreign, ids, posters, write }: SceneParts): Scene {
  const idNamed = (name: string): string => {
    const id = ids.get(name) ?? randomUUID()
    ids.set(name, id)
    return id
  }
  const theirs = (whose: Whose): Actor => (whose === 'own' ? me : foreign)
  return {
    stage,
    me,
    foreign,
    idNamed,
    ask: async (question, about = []) => {
      const seen = await ask(stage.address, me.key, question)
      write?.(seen, about)
      return seen
    },
    letRun: async (what) => {
      const { steps } = stage.practice
      const isMine = (id: string): boolean => cast[posters.get(id) ?? me.name] === cast[me.name]
      const mayGoOn = (): boolean => {
        const { running, pending } = steps.jobs()
        if (running.length === 0) return false
        // A job of the watched runs out when they say so.
        if (!isWatched(me.name)) return !running.some((id) => isWatched(posters.get(id) ?? 'bob'))
        return what === 'one' ? running.some(isMine) : [...running, ...pending].some(isMine)
      }
      await stage.still()
      if (what === 'one' && mayGoOn()) await advance(stage)
      else while (what === 'all' && mayGoOn()) await advance(stage)
    },
    jobOf: (whose, index) => theirs(whose).jobs[index] ?? idNamed(`job ${index} of ${theirs(whose).name}`),
    previewOf: async (whose) => {
      const history = await ask(stage.address, theirs(whose).key, { method: 'GET', path: '/history' })
      const last = [...history.body.toString('utf8').matchAll(/preview_[0-9a-f]{24}\.png/g)].at(-1)
      return last?.[0] ?? `preview_${idNamed('preview').replaceAll('-', '').slice(0, 24)}.png`
    },
    strayTempName: async () => {
      const history = Object.entries(parseRecord(await (await fetch(`${stage.practice.url}/history`)).json()))
      const foreignOnes = history.filter(([id]) => cast[posters.get(id) ?? me.name] !== cast[me.name])
      return (
        /ComfyUI_temp_[a-z]{5}_\d{5}_\.png/.exec(JSON.stringify(foreignOnes))?.[0] ?? 'ComfyUI_temp_aaaaa_00001_.png'
      )
    },
  }
}
