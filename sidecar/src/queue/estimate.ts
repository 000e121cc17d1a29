/** When is a waiting job likely to start? From how long jobs took lately, in steps too coarse to read off anybody's own. */

/** Seconds; people plan by nothing finer. */
const steps = [
  1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 450, 600, 900, 1_200, 1_800, 2_700, 3_600, 5_400, 7_200,
  10_800, 14_400, 21_600, 43_200, 86_400,
] as const
const daySeconds = 86_400
const leastSeconds = 5

/**
 * What one job takes: the median, in a step of its own, so that asking for many places in the queue tells no more of
 * it than one answer does. undefined while no job has ended yet.
 */
export function typicalSeconds(durationsMs: readonly number[]): number | undefined {
  const median = durationsMs.toSorted((a, b) => a - b)[Math.floor(durationsMs.length / 2)]
  return median === undefined ? undefined : roundUp(median / 1000)
}

/** The jobs ahead and the one that runs each take what is typical. */
export function startsInSeconds(aheadCount: number, typical: number | undefined): number | null {
  return typical === undefined ? null : Math.max(leastSeconds, roundUp((aheadCount + 1) * typical))
}

function roundUp(seconds: number): number {
  return steps.find((step) => step >= seconds) ?? Math.ceil(seconds / daySeconds) * daySeconds
}
