/**
 * What is a story about? A story of everything seldom says two things about the same matter; so most stories keep to a
 * theme, and the rest are about everything at once.
 */
import fc from 'fast-check'
import {
  byHash,
  keeps,
  listing,
  masks,
  uploads,
  viewsAny,
  viewsInput,
  viewsOutput,
  viewsPreview,
} from './deeds/files.ts'
import { goesOn, looks, queues, stops, sweeps } from './deeds/jobs.ts'
import { about, joins, leaves, settings, userdata } from './deeds/own.ts'
import { anyIdea, ideas } from './graphs.ts'
import type { Deed } from './scene.ts'

const { savedAlike, saved, previewed, copied, foreignPreview, texts, progress, counted, loaded } = ideas

type Weighted = readonly (readonly [weight: number, deed: fc.Arbitrary<Deed>])[]

const themes = {
  /** The same graphs, run by several people. */
  alike: [
    [6, queues(fc.oneof(savedAlike, previewed, texts), { runs: 9 })],
    [1, looks],
  ],
  /** Nodes that remember, models that stay loaded. */
  memory: [
    [6, queues(fc.oneof(counted, loaded), { runs: 9 })],
    [1, joins],
    [1, sweeps],
  ],
  /** Pictures that are brought in. */
  brought: [
    [4, uploads],
    [1, masks],
    [3, viewsInput],
    [2, keeps],
    [1, listing],
    [3, queues(copied, { runs: 9 })],
  ],
  /** Pictures that are made. */
  made: [
    [5, queues(saved, { runs: 9 })],
    [3, viewsOutput],
    [2, keeps],
    [1, listing],
  ],
  previews: [
    [4, queues(previewed, { runs: 9 })],
    [3, viewsPreview],
    [2, queues(foreignPreview, { runs: 9 })],
    [2, listing],
  ],
  queue: [
    [6, queues(fc.oneof(savedAlike, progress), { runs: 1 })],
    [1, goesOn],
    [4, stops],
    [4, sweeps],
    [2, looks],
  ],
  /** Who hears what. */
  live: [
    [4, joins],
    [1, leaves],
    [5, queues(fc.oneof(texts, progress, loaded), { runs: 7 })],
    [1, goesOn],
    [1, sweeps],
  ],
  saved: [[1, userdata]],
  settings: [
    [3, settings],
    [1, userdata],
  ],
  everything: [
    [8, queues(anyIdea, { runs: 5 })],
    [4, goesOn],
    [4, stops],
    [2, sweeps],
    [4, looks],
    [4, uploads],
    [1, masks],
    [3, viewsAny],
    [2, keeps],
    [2, viewsPreview],
    [1, byHash],
    [3, listing],
    [4, userdata],
    [2, settings],
    [4, joins],
    [1, leaves],
    [2, about],
  ],
} as const satisfies Readonly<Record<string, Weighted>>

export type Theme = keyof typeof themes

/** The deeds of one theme. */
export function deedsOf(theme: Theme): fc.Arbitrary<Deed> {
  const deeds: Weighted = themes[theme]
  return fc.oneof(...deeds.map(([weight, arbitrary]) => ({ weight, arbitrary })))
}

export const anyTheme: fc.Arbitrary<Theme> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Theme>('everything') },
  { weight: 9, arbitrary: fc.constantFrom<Theme>(...parseThemes(Object.keys(themes))) },
)

function parseThemes(names: readonly string[]): readonly Theme[] {
  return names as readonly Theme[]
}
