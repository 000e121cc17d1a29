/** Whose job is it, and who decides its place? */
import { getPrompt, postPrompt } from '../ledger/answers/prompt.ts'
import { answered, created } from '../policy/isolation.ts'
import { routes, row } from '../policy/row.ts'

export const prompt = routes('prompt', {
  says: 'A prompt is rebuilt from what was judged; its owner is on record before ComfyUI hears of it.',
  source: 'ComfyUI server.py get_prompt, post_prompt @ 0.33.0',
  table: {
    'GET /prompt': row('ui:open', answered('the ledger: own jobs counted', getPrompt)),
    'POST /prompt': row('prompt:run', created('job', postPrompt)),
  },
})
