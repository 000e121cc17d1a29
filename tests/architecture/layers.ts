/** Which folder may import which? The one table; `layers.test.ts` proves it. */

export interface Layer {
  /** Folders (and single files) of the sidecar that may be imported; a folder may always import itself. */
  readonly sidecar: readonly string[]
  /** Packages and Node modules that may be imported; undefined: any. */
  readonly external?: readonly RegExp[]
}

const values = ['gatehouse-error.ts']
/** What the store keeps, as interfaces; how it keeps them is nobody's business but `store/sql`'s own. */
const storeNouns = [
  'store/store.ts',
  'store/api-keys.ts',
  'store/device-links.ts',
  'store/ended-credentials.ts',
  'store/invitations.ts',
  'store/second-factors.ts',
  'store/secrets.ts',
  'store/tickets.ts',
  'store/token-sessions.ts',
]
const pureNode = [/^@gatehouse\/shared\//, /^node:(?:crypto|stream|util|buffer|path)$/]

/** Keys are folders or files below `sidecar/src`. */
export const layers: Readonly<Record<string, Layer>> = {
  'gatehouse-error.ts': { sidecar: [], external: [/^@gatehouse\/shared\//] },
  policy: { sidecar: [...values], external: pureNode },
  // A large body is read with pauses in which others are served.
  transform: { sidecar: [...values, 'policy'], external: [...pureNode, /^node:timers\/promises$/] },
  prompt: { sidecar: [...values, 'policy', 'transform'], external: pureNode },
  routes: { sidecar: [...values, 'policy', 'transform', 'prompt', 'ledger/answers'], external: pureNode },
  identity: {
    sidecar: [
      ...values,
      ...storeNouns,
      'store/change-feed.ts',
      'store/random-id.ts',
      'config',
      'policy/report-only.ts',
      'audit/audit.ts',
    ],
  },
  tenant: { sidecar: [...values, 'store/store.ts', 'store/secrets.ts', 'identity', 'config'] },
  ledger: { sidecar: [...values, 'limits', 'policy', 'prompt', 'queue', 'transform', 'store', 'events.ts', 'log.ts'] },
  queue: { sidecar: [...values, 'policy'] },
  limits: { sidecar: [...values, 'policy'] },
  hub: { sidecar: [...values, 'policy', 'prompt', 'transform', 'ledger', 'queue', 'store', 'events.ts', 'log.ts'] },
  userdata: { sidecar: [...values, 'policy', 'transform'] },
  comfyui: { sidecar: [...values, 'policy', 'transform', 'prompt'] },
  files: { sidecar: [...values, 'policy', 'transform', 'store/file-store.ts'] },
  upload: { sidecar: [...values, 'policy', 'prompt', 'transform'] },
  strip: { sidecar: [...values, 'transform'] },
  proxy: { sidecar: [...values, 'policy', 'config', 'strip'] },
  store: { sidecar: [...values, 'policy', 'identity/user-name.ts', 'config'] },
  tls: { sidecar: [...values, 'config', 'identity/credentials.ts'] },
  http: {
    sidecar: [
      ...values,
      'tls/peer-certificate.ts',
      'policy',
      'transform',
      'identity',
      'store/store.ts',
      'log.ts',
      'events.ts',
    ],
  },
  'own-api': {
    sidecar: [
      ...values,
      ...storeNouns,
      'http',
      'audit/audit.ts',
      'audit/written-event.ts',
      'identity',
      'limits',
      'tenant',
      'store/audit-store.ts',
      'store/random-id.ts',
      'policy',
      'log.ts',
      'events.ts',
    ],
  },
  supervisor: { sidecar: [...values, 'proxy', 'log.ts', 'events.ts'] },
  verify: {
    sidecar: [
      ...values,
      'prompt/catalogue',
      'transform',
      'identity/api-key.ts',
      'store/store.ts',
      'store/trial-store.ts',
    ],
  },
  config: { sidecar: [...values, 'policy/report-only.ts', 'identity/address-range.ts'] },
  'log.ts': { sidecar: [...values] },
  audit: {
    sidecar: [
      ...values,
      'store/audit-store.ts',
      'store/audit-chain.ts',
      'store/secrets.ts',
      'identity/address-key.ts',
      'limits/token-buckets.ts',
      'limits/change-rate.ts',
      'policy/report-only.ts',
      'events.ts',
    ],
  },
  'events.ts': { sidecar: [...values, 'audit/audit.ts', 'log.ts'] },
  'narrow.ts': { sidecar: [...values, 'policy', 'transform'], external: [...pureNode, /^node:http$/] },
}

/** Modules that only the named folders may import, whatever else the table allows. */
export const reserved: readonly { readonly module: RegExp; readonly only: readonly string[]; readonly why: string }[] =
  [
    { module: /^node:sqlite$|^kysely$/, only: ['store/sql'], why: 'SQL stays in one folder' },
    {
      module: /^undici$|^node:(?:net|tls|https)$/,
      only: ['tls', 'proxy', 'app.ts', 'identity/address-key.ts'],
      why: 'outgoing sockets open in one folder',
    },
    {
      module: /^express(?:-session)?$|^passport$|^helmet$/,
      only: ['own-api', 'http', 'identity/passport-strategy.ts'],
      why: 'Express serves own pages only',
    },
  ]
