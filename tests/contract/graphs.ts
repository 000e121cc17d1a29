/** Which small graphs do the tests run? Each caller names a colour of its own, so that nothing comes from a cache. */
import type { Graph } from './client.ts'

let lastColor = 0

/** A colour no other test of this run has used. */
export function freshColor(): number {
  lastColor += 1
  return (Date.now() % 0x7fff) * 0x100 + (lastColor % 0x100)
}

export function emptyImage(color = freshColor(), size = 8, batch = 1) {
  return { class_type: 'EmptyImage', inputs: { width: size, height: size, batch_size: batch, color } }
}

export function saveGraph(prefix = 'ComfyUI', color = freshColor()): Graph {
  return { '1': emptyImage(color), '2': saveImage('1', prefix) }
}

export function previewGraph(color = freshColor()): Graph {
  return { '1': emptyImage(color), '2': previewImage('1') }
}

/** Runs for `steps * delayMs`, interruptible at every step. */
export function longGraph(steps = 2000, delayMs = 10, color = freshColor()): Graph {
  return {
    '1': emptyImage(color),
    '2': { class_type: 'PracticeSteps', inputs: { image: ['1', 0], steps, delay_ms: delayMs } },
    '3': previewImage('2'),
  }
}

export function saveImage(from: string, prefix: string) {
  return { class_type: 'SaveImage', inputs: { images: [from, 0], filename_prefix: prefix } }
}

export function previewImage(from: string) {
  return { class_type: 'PreviewImage', inputs: { images: [from, 0] } }
}

export function textGraph(text: string): Graph {
  return { '1': { class_type: 'PreviewAny', inputs: { source: text } } }
}
