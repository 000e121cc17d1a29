/** Which jobs end when somebody signs out here? Undefined where all go on. */
import type { Me } from '@gatehouse/shared/own-api-contract'

const sentences = {
  cancel: 'Jobs that you queued here and that are not finished are cancelled.',
  cancel_waiting: 'Jobs that you queued here and that wait are cancelled.',
} as const

export function endingJobs({ jobsAtLogout }: Pick<Me, 'jobsAtLogout'>): string | undefined {
  return jobsAtLogout && sentences[jobsAtLogout]
}
