/** Which sentences of the contract, which is that of ComfyUI 0.33.0, do not hold on an older one, and what holds there? */

export interface Difference {
  /** The last version known to differ. */
  readonly lastIn: string
  /** The first version known to be as the contract says; nobody measured those in between. */
  readonly goneBy: string
  /** What the older one does. */
  readonly instead: string
  /** `section > name` of the sentences that must fail there, or how these begin. */
  readonly sentences: readonly string[]
}

const classesDescribedOtherwise = `
  EmptyImage ImageInvert ImageScale ImageBatch GetImageSize SolidMask
  InvertMask MaskToImage SaveImage PreviewImage MaskPreview LoadImageOutput
  PrimitiveString PrimitiveStringMultiline PrimitiveInt PrimitiveFloat PrimitiveBoolean StringConcatenate
  PreviewAny EmptyLatentImage SaveLatent EmptyAudio SaveAudio PreviewAudio
  PracticeSteps
`
  .trim()
  .split(/\s+/)

const jobsOf = (query: string) => `aiohttp > takes the first decoded key of /api/jobs?${query}`
const answers = (request: object) => `routes > answers ${JSON.stringify(request)}`

export const differences: readonly Difference[] = [
  {
    lastIn: '0.3.64',
    goneBy: '0.9.1',
    instead: 'There are no jobs and no global subgraphs: those paths are missing.',
    sentences: [
      'routes > answers {"target":"/api/jobs',
      'routes > answers {"target":"/api/api/jobs',
      answers({ target: '/global_subgraphs/zz' }),
      'a prompt that runs > and fails is a failed job',
      'the queue > is told as jobs, too',
      ...['limit=1', 'limit=0', '%6cimit=0', 'LIMIT=0'].map(jobsOf),
    ],
  },
  {
    lastIn: '0.3.64',
    goneBy: '0.9.1',
    instead:
      'The queue shows the keys and tokens of comfy.org that came with a prompt; no prompt knows its create_time.',
    sentences: [
      'the queue > shows prompts, client ids and no secrets of everybody',
      'a prompt that runs > leaves a history entry',
    ],
  },
  {
    lastIn: '0.3.64',
    goneBy: '0.9.1',
    instead: 'A user may be called like a system user.',
    sentences: ['users > can be created by anybody'],
  },
  {
    lastIn: '0.9.1',
    goneBy: '0.29.0',
    instead: 'No job can be cancelled through the jobs.',
    sentences: [
      'routes > answers {"method":"POST","target":"/api/jobs',
      'stopping > by job cancels the running and the waiting',
    ],
  },
  {
    lastIn: '0.9.1',
    goneBy: '0.29.0',
    instead: 'A page of another site is let in when it sends no Origin.',
    sentences: [
      answers({ target: '/queue', headers: ['Sec-Fetch-Site: cross-site'] }),
      answers({ target: '/nope', headers: ['Sec-Fetch-Site: cross-site'] }),
    ],
  },
  {
    lastIn: '0.9.1',
    goneBy: '0.29.0',
    instead: 'Previews of models are looked for without a guard: 404 or 500.',
    sentences: ['routes > answers {"target":"/experiment/models/preview/checkpoints/'],
  },
  {
    lastIn: '0.9.1',
    goneBy: '0.29.0',
    instead: 'Assets are missing (0.3.64), or there for everybody (0.9.1).',
    sentences: ['routes > has assets switched off at'],
  },
  {
    lastIn: '0.9.1',
    goneBy: '0.29.0',
    instead:
      'A list as prompt is refused with 400 instead of raising; any text is an id; other sentences name the mistakes.',
    sentences: [
      answers({ method: 'POST', target: '/prompt', body: '{"prompt":[]}' }),
      'a refused prompt > names an id that is no UUID in error',
      'a refused prompt > names an upper-case UUID in error',
      'a refused prompt > names a node without a class in error',
      'a refused prompt > names an unknown class with a title in error',
      'a refused prompt > names a number as class in error',
      'a refused prompt > names a link to another type at its node',
    ],
  },
  {
    lastIn: '0.9.1',
    goneBy: '0.29.0',
    instead: 'A circle is found by the depth of the recursion.',
    sentences: ['a refused prompt > names a circle at its node'],
  },
  {
    lastIn: '0.9.1',
    goneBy: '0.29.0',
    instead: 'Pages and missing scripts may be stored and asked for again (no-cache), and userdata is no attachment.',
    sentences: [
      'routes > serves the page at / and /api/, never stored',
      'routes > marks missing scripts and pictures as the cache middleware does',
      '/view > sends a file with validators and no caching advice',
      'userdata > stores under a name with an encoded slash',
    ],
  },
  {
    lastIn: '0.9.1',
    goneBy: '0.29.0',
    instead: 'aiohttp before 3.14 answers 403 to a target of two slashes.',
    sentences: ['routes > answers GET //queue with 404 in text'],
  },
  {
    lastIn: '0.9.1',
    goneBy: '0.29.0',
    instead: 'Fewer features are told.',
    sentences: [
      'the socket > negotiates with the first message only',
      'the system > tells the same features as the socket',
    ],
  },
  {
    lastIn: '0.9.1',
    goneBy: '0.29.0',
    instead:
      'Node descriptions have fewer fields and fewer classes; LoadImageMask lists files of every kind; no datasets.',
    sentences: [
      ...classesDescribedOtherwise.map((name) => `/object_info > describes ${name} as recorded`),
      '/object_info > holds every class at once',
      '/object_info > lists what lies at the root of the input folder',
      'models > have folders whose paths on the host are told',
    ],
  },
  {
    lastIn: '0.9.1',
    goneBy: '0.29.0',
    instead: 'The files of /internal/files bear no annotation.',
    sentences: ['the system > names the files at the root of a folder, newest first, annotated'],
  },
  {
    lastIn: '0.29.0',
    goneBy: '0.33.0',
    instead: 'A choice that is not offered is listed otherwise, and a job tells other fields.',
    sentences: [
      'a refused prompt > names a choice that is not offered at its node',
      'a prompt that runs > is a job with a preview',
    ],
  },
  {
    lastIn: '0.29.0',
    goneBy: '0.33.0',
    instead: 'What could run is shown (0.9.1) or is a download for everybody, user.css included (0.29.0).',
    sentences: [
      '/view > makes a download of what could run, but for SVG in an img',
      'userdata > shows user.css inline and no other page content',
    ],
  },
  {
    lastIn: '0.29.0',
    goneBy: '0.33.0',
    instead: 'SaveText is described otherwise, and the system tells less.',
    sentences: [
      '/object_info > describes SaveText as recorded',
      'the system > tells its arguments, memory and versions',
    ],
  },
]

export type Expectation =
  | { readonly verdict: 'holds' }
  | { readonly verdict: 'differs' | 'unmeasured'; readonly instead: string }

/** What is known of a sentence on a version. */
export function expectationOf(version: string, sentence: string): Expectation {
  const known = differences.filter(({ sentences }) => sentences.some((beginning) => sentence.startsWith(beginning)))
  const differing = known.find(({ lastIn }) => compareVersions(version, lastIn) <= 0)
  if (differing !== undefined) return { verdict: 'differs', instead: differing.instead }
  const unclear = known.find(({ goneBy }) => compareVersions(version, goneBy) < 0)
  return unclear === undefined ? { verdict: 'holds' } : { verdict: 'unmeasured', instead: unclear.instead }
}

export function compareVersions(one: string, other: string): number {
  const [left, right] = [one, other].map((text) => text.split('.').map(Number))
  for (const place of [0, 1, 2]) {
    const difference = (left?.[place] ?? 0) - (right?.[place] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
