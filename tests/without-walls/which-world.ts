/** Which walls are missing? Worlds in which the sentences of isolation, and the defences against attacks, have to fail. */

export type WorldWithoutWalls =
  /** Everybody of the cast is one person. */
  | 'everybody is alice'
  /** Whatever somebody shows, or nothing: they are taken for her. */
  | 'everybody is let in'
  /** Every row of the route table passes on to ComfyUI what it gets. */
  | 'every row is a plain pass'
  /**
   * Nothing is asked about a request but who sends it: no role, no limit, no site, no name of a file, no form. And what
   * ComfyUI tells goes to every socket as it comes.
   */
  | 'nothing is judged'

export function isWorld(...worlds: readonly WorldWithoutWalls[]): boolean {
  return worlds.some((world) => process.env.GATEHOUSE_TEST_WORLD === world)
}

/** Whether the tests run in a world where they have to fail: what never comes need not be waited for long. */
export const isWithoutWalls = (process.env.GATEHOUSE_TEST_WORLD ?? '') !== ''

/** The key of the person that everybody is, once there is one. */
export const everybody = { key: '' }
