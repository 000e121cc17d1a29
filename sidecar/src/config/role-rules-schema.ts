/** Which node classes and models may one role use? Patterns under `roles.<role>`, as the configuration file names them. */
import { z } from 'zod'

const classPattern = z
  .string()
  .regex(/^(?:pack:)?\S.*$/, 'write a class name, a pattern such as Load*, or pack:FOLDER')
  .regex(/^(?!pack:$)/, 'write the folder of the pack after pack:')
const modelPattern = z
  .string()
  .regex(/^(?:\*|[^/]+\/.+)$/, 'write FOLDER/NAME with * for any characters, e.g. checkpoints/sdxl*, or * alone')

function patterns<Pattern extends z.ZodType<string>>(pattern: Pattern, what: string) {
  return z
    .strictObject({
      allow: z.array(pattern).optional().describe(`only these ${what}; all when left out`),
      deny: z.array(pattern).default([]).describe(`never these ${what}; wins over allow`),
    })
    .optional()
}

export const roleNodesSchema = patterns(classPattern, 'node classes')
export const roleModelsSchema = patterns(modelPattern, 'models')
