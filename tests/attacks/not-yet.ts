/** Which attacks have nothing to attack yet? The closed list, each with what would make it an attack. */
import type { AttackId } from './attack.ts'

export interface NotYet {
  readonly id: AttackId
  readonly reason: string
  /** Matches an address, a setting or a role of the feature as soon as there is one. */
  readonly feature: RegExp
}

export const notYet: readonly NotYet[] = [
  {
    id: 'A53',
    reason: 'there is no guard that hides pictures for what they show, and nothing to mark',
    feature: /nsfw|moderat|mark-/i,
  },
  {
    id: 'A56',
    reason: 'nothing is shared by a link: every file needs an account of its tenant',
    feature: /share[-_]?link|\/shares?\b|\/s\/:/i,
  },
]
