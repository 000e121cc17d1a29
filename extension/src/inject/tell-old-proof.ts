/** Who learns that an answer asked for a newer proof? The page gets that answer; our extension says what to do about it. */
import { proofEvent } from '@gatehouse/shared/page-binding'

/** `code`: Gatehouse's own error code of an answer. */
export function tellOldProof(code: string | null): void {
  if (code === proofEvent) dispatchEvent(new Event(proofEvent))
}
