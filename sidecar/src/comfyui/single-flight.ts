/** How do callers who want the same thing at the same time share one errand? */

export interface SingleFlight<Result> {
  /** Joins the errand under way for `key`, or starts it. */
  run(key: string, errand: () => Promise<Result>): Promise<Result>
}

export function createSingleFlight<Result>(): SingleFlight<Result> {
  const flights = new Map<string, Promise<Result>>()
  return {
    run: (key, errand) => {
      const underWay = flights.get(key)
      if (underWay !== undefined) return underWay
      const flight = errand().finally(() => flights.delete(key))
      flights.set(key, flight)
      return flight
    },
  }
}
