/** Where is the promise of each row put to the test? Row to files below `tests/`; the coverage test holds it to both. */

// Each of `isolation/rows/` is run by `isolation/rows.test.ts`, from the side of those who may and from every other.
const work = ['isolation/rows/work.ts']
const jobs = ['isolation/jobs.test.ts', ...work]
const files = ['isolation/files.test.ts', 'isolation/rows/files.ts']
const uploads = ['security/uploads.test.ts', 'isolation/rows/files.ts']
const userdata = ['isolation/userdata.test.ts', 'isolation/rows/saved.ts']
const models = ['isolation/rows/models.ts']
const server = ['isolation/rows/server.ts']
const page = ['isolation/rows/page.ts']
const oracles = ['security/oracles.test.ts']
const operators = ['security/operators.test.ts']

const managerFamilies = ['customnode', 'manager', 'snapshot', 'externalmodel', 'comfyui_manager'] as const
const ofTheManager = ['', '/v2'].flatMap((version) =>
  managerFamilies.flatMap((family) =>
    ['GET', 'POST', 'DELETE'].map((method) => [`${method} ${version}/${family}/*`, server] as const),
  ),
)
const managersOwn = ['', '/v2'].flatMap((version) => [
  ...['GET', 'POST'].map((method) => [`${method} ${version}/manager/reboot`, server] as const),
  ...[
    ...['customnode/getlist', 'customnode/getmappings', 'customnode/installed', 'customnode/alternatives'],
    ...['customnode/versions/:node', 'customnode/disabled_versions/:node', 'externalmodel/getlist'],
    ...['manager/version', 'manager/notice', 'manager/queue/status', 'manager/is_legacy_manager_ui'],
    ...['snapshot/getlist', 'snapshot/get_current', 'comfyui_manager/comfyui_versions'],
  ].map((path) => [`GET ${version}/${path}`, server] as const),
])

export const tested: Readonly<Record<string, readonly string[]>> = {
  'GET /history': [...jobs, ...oracles],
  'GET /history/:promptId': jobs,
  'POST /history': jobs,
  'GET /queue': [...jobs, ...oracles],
  'POST /queue': jobs,
  'POST /interrupt': jobs,
  'GET /prompt': [...jobs, ...oracles],
  'POST /prompt': ['security/graphs.test.ts', ...work],
  'GET /jobs': [...jobs, ...oracles],
  'GET /jobs/:id': jobs,
  'POST /jobs/:id/cancel': jobs,
  'POST /jobs/cancel': jobs,
  'GET /view': files,
  'POST /upload/image': uploads,
  'POST /upload/mask': ['isolation/files.test.ts', ...uploads],
  'GET /object_info': [...files, ...oracles],
  'GET /object_info/:class': files,
  'GET /internal/files/:root': [...files, ...oracles],
  'GET /userdata': userdata,
  'GET /v2/userdata': [...oracles, ...userdata],
  'GET /userdata/:file': userdata,
  'POST /userdata/:file': userdata,
  'DELETE /userdata/:file': userdata,
  'POST /userdata/:file/move/:destination': userdata,
  'GET /settings': userdata,
  'GET /settings/:id': userdata,
  'POST /settings': userdata,
  'POST /settings/:id': userdata,
  'GET /users': [...oracles, ...userdata],
  'GET /embeddings': [...oracles, ...models],
  'GET /models': [...oracles, ...models],
  'GET /models/:folder': [...oracles, ...models],
  'GET /experiment/models': [...oracles, ...models],
  'GET /experiment/models/:folder': [...oracles, ...models],
  'GET /experiment/models/preview/:folder/:index/:filename': [...operators, ...models],
  'GET /view_metadata/:folder': [...operators, ...models],
  'GET /system_stats': [...operators, ...server],
  'GET /features': [...oracles, ...operators, ...server],
  'POST /free': [...operators, ...server],
  'GET /ws': ['security/cross-site.test.ts', ...work],
  'POST /users': userdata,
  'GET /user.css': ['isolation/rows/saved.ts'],
  'GET /internal/logs': [...operators, ...server],
  'GET /internal/logs/raw': [...operators, ...server],
  'PATCH /internal/logs/subscribe': [...operators, ...server],
  'GET /internal/folder_paths': [...operators, ...server],
  'GET /assets': [...operators, ...server],
  'POST /assets': [...operators, ...server],
  'GET /assets/*': [...operators, ...server, ...page],
  'POST /assets/*': [...operators, ...server],
  'PUT /assets/*': server,
  'DELETE /assets/*': [...operators, ...server],
  'GET /tags': [...operators, ...server],
  'GET /': page,
  'GET /index.html': page,
  'GET /extensions': [...oracles, ...page],
  'GET /workflow_templates': [...oracles, ...page],
  'GET /i18n': [...oracles, ...page],
  'GET /global_subgraphs': [...oracles, ...page],
  'GET /global_subgraphs/:id': page,
  'GET /node_replacements': [...oracles, ...page],
  'GET /fonts/*': page,
  'GET /cursor/*': page,
  'GET /materialdesignicons.min.css': page,
  'GET /favicon.ico': page,
  'GET /scripts/*': page,
  'GET /extensions/*': page,
  'GET /templates/*': page,
  'GET /docs/*': page,
  'GET /workflow_templates/*': page,
  ...Object.fromEntries([...ofTheManager, ...managersOwn]),
}
