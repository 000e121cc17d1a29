/** Which jobs wait, and who may take one out or stop it? */
import { postInterrupt } from '../ledger/answers/interrupt.ts'
import { getQueue, postQueue } from '../ledger/answers/queue.ts'
import { answered } from '../policy/isolation.ts'
import { routes, row } from '../policy/row.ts'

export const queue = routes('queue', {
  says: 'The queue shows, clears and interrupts own jobs only.',
  source: 'ComfyUI server.py get_queue, post_queue, post_interrupt @ 0.33.0',
  table: {
    'GET /queue': row('output:read', answered('the ledger', getQueue)),
    'POST /queue': row('prompt:run', answered('the ledger: own pending jobs', postQueue)),
    'POST /interrupt': row('prompt:run', answered('the ledger: the own running job', postInterrupt)),
  },
})
