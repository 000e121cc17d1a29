/** What is said about a static file that is not there? Never a page: the stock UI would run it as a script. */
import { type Answer, missingRoute } from '../policy/answer.ts'

/** Not to be remembered: after an upgrade the next look may find it. */
export const missingAsset: Answer = { ...missingRoute, headers: { 'cache-control': 'no-store' } }
