/** How does a step of userdata end a request early? With the very answer ComfyUI's handler gives. */
import { type Answer, empty, text } from '../policy/answer.ts'
import type { OwnName } from './own-name.ts'

/** Carries a finished answer up to the one place that catches it. */
export class Refusal extends Error {
  readonly answer: Answer

  constructor(answer: Answer, options?: ErrorOptions) {
    super('userdata refusal', options)
    this.name = 'Refusal'
    this.answer = answer
  }
}

/** ComfyUI says this in the reason phrase, which HTTP/2 does not have; here it is the body. */
export function invalidName(reason?: string): Answer {
  const sentence = 'Invalid filename. Please avoid special characters like :\\/*?"<>|'
  return text(reason === undefined ? sentence : `${sentence} (${reason})`, 400)
}

/** The segments of a name, or the refusal that fits. */
export function requireOwn(name: OwnName, outside: Answer = empty(403)): readonly string[] {
  if (name.kind === 'own') return name.segments
  throw new Refusal(name.kind === 'outside' ? outside : invalidName(name.reason))
}

export const fileExists = text('File already exists', 409)

/** The same for whoever may not save over a file at all, whatever they say of `overwrite`. */
export const mayNotOverwrite = text(
  'File already exists, and your role may not save over it. Choose another name.',
  409,
)
