/** Which node classes may run, beyond the catalogue? The `nodes` section: admissions, refusals, and the loud switch for code. */
import { parseNodeWords } from '@gatehouse/shared/node-words'
import { z } from 'zod'
import { roleName } from './auth/accounts-schema.ts'

const className = z.string().min(1, 'write the name of a class, or a pattern with *')
const packName = z.string().min(1, 'write the folder of a pack below custom_nodes, or a pattern with *')
const roles = z
  .array(roleName)
  .min(1, 'name at least one role, or leave roles out to mean all')
  .optional()
  .describe('only these roles; all when left out')

const bareField = z.strictObject({
  reads: z.enum(['input', 'output']).optional().describe('it names a file of the own folder below this one'),
  target: z.enum(['file', 'folder']).optional().describe('what it names; a file when left out'),
  annotated: z
    .boolean()
    .optional()
    .describe('whether ` [output]` and the like choose another folder; true when left out'),
  shape: z.enum(['single', 'list', 'nested']).optional().describe('one name, a list of them, or members of an object'),
  members: z
    .array(z.string())
    .optional()
    .describe('the members of a nested object that name files; no other goes upstream'),
  links: z.enum(['refuse', 'fold']).optional().describe('fold: a link may lead to constant text'),
  writes: z
    .string()
    .regex(
      /^(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_ ./-]{0,100}$/,
      'write the prefix that the class uses itself, such as ComfyUI',
    )
    .optional()
    .describe('it is a prefix below the own output folder; this one when the client gives none'),
  model: z.literal(true).optional().describe('it names a model'),
  text: z.literal(true).optional().describe('it names no file'),
})

const readingOptions = ['target', 'annotated', 'shape', 'members', 'links'] as const

const field = z.preprocess(
  (value) => (value === 'model' || value === 'text' ? { [value]: true } : value),
  bareField.superRefine((given, context) => {
    const problem = fieldProblem(given)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  }),
)

function fieldProblem(given: z.infer<typeof bareField>): string | undefined {
  const kinds = [given.reads, given.writes, given.model, given.text].filter((kind) => kind !== undefined)
  if (kinds.length !== 1) return 'say one thing: reads: input or output, writes: PREFIX, model, or text'
  const extra = readingOptions.filter((name) => given[name] !== undefined)
  if (given.reads === undefined && extra.length > 0) return `${extra.join(', ')} belong to reads; remove them`
  if ((given.shape === 'nested') !== (given.members !== undefined))
    return 'shape: nested and members belong together: set both or neither'
  return undefined
}

const refusal = z.strictObject({
  class: className.optional().describe('a class name; `*` is any run of characters'),
  pack: packName.optional().describe('the folder of a pack below custom_nodes; `*` is any run of characters'),
  roles,
})
const admission = refusal.extend({
  fields: z.record(z.string().min(1), field).optional().describe('inputs that name files, prefixes or models'),
  accepts_any_input: z
    .boolean()
    .optional()
    .describe('the class hands inputs it never declared to its function, and fails on ours'),
})

const namesSomething = (entry: { readonly class?: string | undefined; readonly pack?: string | undefined }): boolean =>
  entry.class !== undefined || entry.pack !== undefined
const nameSomething = 'name a class, a pack, or both'

/** A mistake in the short form is told like one in the long form. */
function inFull(value: unknown): unknown {
  return typeof value === 'string' ? parseNodeWords(value) : value
}

type Admission = string | z.infer<typeof admission>
type Refusal = string | z.infer<typeof refusal>

export const nodesSchema = z
  .strictObject({
    admit: z
      .array(
        z.preprocess(inFull, admission.refine(namesSomething, nameSomething)).transform((entry): Admission => entry),
      )
      .default([])
      .describe('node classes that may run: `Class`, `Prefix*`, `pack:FOLDER`, or an entry with the settings below'),
    refuse: z
      .array(z.preprocess(inFull, refusal.refine(namesSomething, nameSomething)).transform((entry): Refusal => entry))
      .default([])
      .describe('node classes that may not run, in the same words; wins over everything else'),
    allow_code_execution: z
      .array(z.string().regex(/^[^*]+$/, 'write the full name of one class; patterns are not accepted here'))
      .default([])
      .describe('full names of admitted classes that may run code which their users write; warned of at every start'),
  })
  .prefault({})
