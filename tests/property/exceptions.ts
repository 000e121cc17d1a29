/**
 * What may differ for a tenant when others are there? The closed list: whatever is not hidden by one of these has to be
 * the same byte for byte. `docs/isolation.md` prints it, and a test compares.
 */

interface Hidden {
  readonly pattern: RegExp
  readonly by: string
}

export interface Exception {
  readonly what: string
  readonly why: string
  /** What is taken out before two runs are compared; empty where the stories are built around it. */
  readonly hides: readonly Hidden[]
}

export const exceptions: readonly Exception[] = [
  {
    what: 'The position: how many jobs of others are ahead, and when that is told anew',
    why: 'Who shares a worker waits. The figure is a count, and names nobody.',
    hides: [
      { pattern: /"ahead": ?(?:null|\d+)/g, by: '"ahead":"<position>"' },
      { pattern: /"startsInSeconds": ?(?:null|\d+)/g, by: '"startsInSeconds":"<estimate>"' },
    ],
  },
  {
    what: 'The estimate: when the next own job is likely to start',
    why: 'It follows from the position and from how long jobs take, in coarse steps (`sidecar/src/queue/estimate.ts`).',
    hides: [{ pattern: /"startsInSeconds": ?(?:null|\d+)/g, by: '"startsInSeconds":"<estimate>"' }],
  },
  {
    what: 'Time: when something happened and how long it took, so also when a job starts and how lists sorted by duration or by the time of a change are ordered',
    why: 'A worker runs one job at a time. The fair queue bounds the wait; nobody can hide it.',
    hides: [
      // Milliseconds and seconds since 1970, dates of HTTP and ISO 8601.
      { pattern: /\b1[6-9]\d{11}\b/g, by: '<time>' },
      { pattern: /\b1[6-9]\d{8}(?:\.\d+)?\b/g, by: '<time>' },
      { pattern: /\b[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT\b/g, by: '<time>' },
      // The validator of a file is the time of its last change and its size (aiohttp web_fileresponse.py).
      { pattern: /(?<=")[0-9a-f]{13,16}-(?=[0-9a-f]+")/g, by: '<time>-' },
      { pattern: /\b20\d{2}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g, by: '<time>' },
    ],
  },
  {
    what: 'Memory figures: what `/system_stats` and `/health` say is free',
    why: 'They are facts of the machine, which tells the same to everybody.',
    hides: [{ pattern: /"(ram_free|vram_free|torch_vram_free|free)": ?\d+/g, by: '"$1":"<memory>"' }],
  },
  {
    what: "What is in the memory of ComfyUI: whether a repeated graph of one's own comes out of its cache, and whether a loader of a shared model has to run",
    why: 'Memory is finite, and jobs of others push results out of it; nothing but models comes out of it for others. Those stay loaded for all, so that isolation costs no reload: who loads one sees at once, if only by the clock, that it was there.',
    // The practice ComfyUI of the property drops nothing; `told-anew.ts` leaves out the events of the loader.
    hides: [{ pattern: /,"the-loader":\{[^{}]*\}|"the-loader":\{[^{}]*\},?/g, by: '' }],
  },
  {
    what: 'Whether an id was ever taken: who posts a prompt under an id of their choice gets a new one when anybody had it',
    why: 'Ids of jobs are unique in an installation. Nobody guesses a random UUID, and who knows one learns no more of it.',
    // People in the stories choose ids of their own.
    hides: [],
  },
]
