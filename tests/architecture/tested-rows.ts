/** Where is the promise of each row put to the test? Row to files below `tests/`; the coverage test holds it to both. */

const jobs = ['isolation/jobs.test.ts']
const files = ['isolation/files.test.ts']
const userdata = ['isolation/userdata.test.ts']
const oracles = ['security/oracles.test.ts']

export const tested: Readonly<Record<string, readonly string[]>> = {
  'GET /history': [...jobs, ...oracles],
  'GET /history/:promptId': jobs,
  'POST /history': jobs,
  'GET /queue': [...jobs, ...oracles],
  'POST /queue': jobs,
  'POST /interrupt': jobs,
  'GET /prompt': [...jobs, ...oracles],
  'POST /prompt': ['security/graphs.test.ts'],
  'GET /jobs': [...jobs, ...oracles],
  'GET /jobs/:id': jobs,
  'POST /jobs/:id/cancel': jobs,
  'POST /jobs/cancel': jobs,
  'GET /view': files,
  'POST /upload/image': ['security/uploads.test.ts'],
  'POST /upload/mask': ['isolation/files.test.ts', 'security/uploads.test.ts'],
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
  'GET /users': oracles,
  'GET /embeddings': oracles,
  'GET /models': oracles,
  'GET /models/:folder': oracles,
  'GET /experiment/models': oracles,
  'GET /experiment/models/:folder': oracles,
  'GET /experiment/models/preview/:folder/:index/:filename': ['security/operators.test.ts'],
  'GET /view_metadata/:folder': ['security/operators.test.ts'],
  'GET /system_stats': ['security/operators.test.ts'],
  'GET /features': [...oracles, 'security/operators.test.ts'],
  'POST /free': ['security/operators.test.ts'],
  'GET /ws': ['security/cross-site.test.ts'],
}
