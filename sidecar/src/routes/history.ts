/** Who may see, and forget, what has run? */
import { getHistory, getHistoryEntry, postHistory } from '../ledger/answers/history.ts'
import { answered } from '../policy/isolation.ts'
import { routes, row } from '../policy/row.ts'

export const history = routes('history', {
  says: 'A finished prompt belongs to the tenant that queued it.',
  source: 'ComfyUI server.py get_history, get_history_prompt_id, post_history @ 0.33.0',
  table: {
    'GET /history': row('output:read', answered('the ledger', getHistory)),
    'GET /history/:promptId': row('output:read', answered('the ledger; absent is {}', getHistoryEntry)),
    'POST /history': row('prompt:run', answered('the ledger forgets own entries', postHistory)),
  },
})
