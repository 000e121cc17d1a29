/** What do requests and answers about published workflows and places in the queue look like? Shapes only; both sides import them. */

/** `POST /workflows`, for `workflow:publish`; 4 MB at most. */
export interface PublishRequest {
  readonly name: string
  /** For every tenant, for `admin:workflows`. */
  readonly everybody?: boolean
  /** The graph in the API format. */
  readonly prompt: object
  /** The same as the page saves it, which is what pictures carry. */
  readonly workflow?: object
  /** Absent: texts, numbers and switches that name no file. */
  readonly open?: readonly OpenInput[]
}

/** An input whose value is free to choose, by the id of its node. */
export interface OpenInput {
  readonly node: string
  readonly input: string
}

/** `GET /workflows`: a bare array of those one may run. `DELETE /workflows/:name?everybody=true` takes one back. */
export interface PublishedSummary {
  readonly name: string
  readonly everybody: boolean
  readonly open: readonly OpenInput[]
  /** ISO 8601. */
  readonly createdAt: string
}

/** `GET /workflows/:name`. */
export interface PublishedWhole extends PublishedSummary {
  readonly prompt: object
  readonly workflow: object | null
}

/** Own place in the shared queue, as the socket tells it. */
export interface QueuePosition {
  readonly pending: number
  readonly running: number
  /** Jobs that run before the first own pending one; 0 when next, null when none is pending. */
  readonly ahead: number | null
  /** Until it is likely to start, in coarse steps; null when none is pending, or nobody knows yet how long jobs take. */
  readonly startsInSeconds: number | null
}

/** `GET /queue`: the same, with every own pending job in the order they will run. */
export interface QueuePlaces extends QueuePosition {
  readonly jobs: readonly {
    readonly id: string
    /** Anybody's jobs that run before it. */
    readonly ahead: number
    readonly startsInSeconds: number | null
  }[]
}
