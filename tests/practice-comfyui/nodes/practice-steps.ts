/** Which node reports progress and previews without a model? PracticeSteps: `steps` pauses, each interruptible. */
import type { NodeBehaviour } from './node-class.ts'
import { encodePng } from './png.ts'

export const practiceSteps: NodeBehaviour = {
  run: async (inputs, context) => {
    const source = inputs.image('image')
    const [steps, delayMs] = [inputs.number('steps'), inputs.number('delay_ms')]
    const pixels = source.frames[0] ?? new Uint8Array(0)
    const preview = encodePng({ width: source.width, height: source.height, channels: 3, pixels })
    for (let step = 1; step <= steps; step += 1) {
      await context.pause(delayMs)
      context.progress(step, steps, preview)
    }
    return { outputs: [source] }
  },
}
