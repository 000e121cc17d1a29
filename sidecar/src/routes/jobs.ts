/** Which jobs does the newer interface list and cancel? */
import { cancelJob, cancelJobs, getJob, getJobs } from '../ledger/answers/jobs.ts'
import { answered } from '../policy/isolation.ts'
import { routes, row } from '../policy/row.ts'

export const jobs = routes('jobs', {
  says: 'A job belongs to the tenant that queued it.',
  source: 'ComfyUI server.py get_jobs, get_job_by_id, cancel_job; comfy_execution/jobs.py @ 0.33.0',
  table: {
    'GET /jobs': row('output:read', answered('the ledger', getJobs)),
    'GET /jobs/:id': row('output:read', answered('the ledger; absent is 404', getJob)),
    'POST /jobs/:id/cancel': row('prompt:run', answered('the ledger: own jobs', cancelJob)),
    'POST /jobs/cancel': row('prompt:run', answered('the ledger: own jobs', cancelJobs)),
  },
})
