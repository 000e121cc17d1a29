/** Does what others do reach the first tenant? The property, its stories, and how they are told. */
import fc from 'fast-check'
import type { Name } from './actor.ts'
import { type Act, type History, type Observation, observe } from './run-history.ts'
import type { Stage } from './stage.ts'
import { anyTheme, deedsOf, type Theme } from './themes.ts'
import { withoutHidden } from './told-anew.ts'

/** Two to four tenants, one or two people in the first two. */
const people: fc.Arbitrary<readonly Name[]> = fc.constantFrom<readonly Name[]>(
  ['alice', 'bob'],
  ['alice', 'ann', 'bob'],
  ['alice', 'bob', 'ben', 'carl'],
  ['alice', 'ann', 'bob', 'carl', 'dora'],
)

const longestStory = 24

/** Stories of one theme, or of any. */
export function stories(about: fc.Arbitrary<Theme> = anyTheme): fc.Arbitrary<History> {
  return fc.tuple(people, about).chain(([names, theme]) =>
    fc
      .array(fc.record({ who: fc.constantFrom<Name>(...names, 'alice', 'alice', 'bob'), deed: deedsOf(theme) }), {
        minLength: 2,
        maxLength: longestStory,
        size: 'max',
      })
      .map((acts) => ({ names, acts, [fc.toStringMethod]: () => tell(acts) })),
  )
}

function tell(acts: readonly Act[]): string {
  return acts.map(({ who, deed: { says } }) => `${who} ${says}`).join(';\n  ')
}

/** @throws when the first tenant can tell the two apart, with the story and the first difference */
export async function expectNoInterference(stage: Stage, story: History): Promise<void> {
  const difference = await noticed(stage, story)
  if (difference !== undefined)
    throw new Error(`the first tenant notices the others.\n  ${tell(story.acts)}\n${difference}`)
}

/** The first difference that the first tenant sees. */
async function noticed(stage: Stage, story: History): Promise<string | undefined> {
  const alone = withoutHidden(await observe(stage, story, false))
  const together = withoutHidden(await observe(stage, story, true))
  const length = Math.max(alone.length, together.length)
  for (let at = 0; at < length; at += 1) {
    if (same(alone[at], together[at])) continue
    return `alone ${shown(alone[at])}\nwith others ${shown(together[at])}`
  }
  return undefined
}

function same(one: Observation | undefined, other: Observation | undefined): boolean {
  return one?.when === other?.when && one?.saw === other?.saw
}

function shown(observation: Observation | undefined): string {
  return observation === undefined ? 'nothing more' : `${observation.when}:\n${JSON.stringify(observation.saw)}`
}
