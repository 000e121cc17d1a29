/** How much may one person use? The limits, for everybody and per role, as the configuration file names them. */
import { permissionNames, roleNames } from '@gatehouse/shared/roles'
import { z } from 'zod'
import { roleAddressesSchema } from './network-schema.ts'
import { roleModelsSchema, roleNodesSchema } from './role-rules-schema.ts'
import { durationMs, sizeBytes } from './units.ts'

const count = (least: number, most: number): z.ZodInt => z.int().min(least).max(most)

/** Every limit that a role may have a value of its own for; without defaults. */
const limits = {
  upload: sizeBytes.describe('largest uploaded file'),
  upload_types: z
    .array(z.string().regex(/^(?:\*|\.[a-z0-9]{1,16})$/, 'write an extension such as .png, or * for all'))
    .describe('extensions of files that may be uploaded; * for all'),
  json_body: sizeBytes.describe('largest prompt'),
  userdata_file: sizeBytes.describe('largest saved workflow or other user file'),
  nodes_per_prompt: count(1, 100_000).describe('nodes in one prompt'),
  chain_depth: count(1, 800).describe('longest chain of links in one prompt'),
  text_length: count(1, 100_000_000).describe('characters in one text of a prompt'),
  prompt_text_length: count(1, 10_000_000).describe('characters in one text that a text encoder reads'),
  list_length: count(1, 1_000_000).describe('entries in one list of a prompt'),
  files_per_prompt: count(1, 100_000).describe('files that the nodes of one prompt may name'),
  megapixels: count(1, 1_000_000).describe('millions of pixels in one image, or frame, that a node is asked to make'),
  batch_size: count(1, 1_000_000).describe('images, frames or repetitions that one node is asked to make'),
  work_megapixels: count(1, 100_000_000).describe(
    'millions of pixels that one prompt asks for in all: area times batch times steps, summed over its nodes',
  ),
  held_megapixels: count(1, 100_000_000).describe(
    'millions of pixels that the nodes of one prompt may hold in memory together; 1000 of them take 12 GB',
  ),
  pending_jobs: count(1, 100_000).describe('jobs of one tenant that may wait'),
  prompts_per_minute: count(1, 100_000).describe('prompts that one person may queue per minute in the ComfyUI page'),
  prompt_burst: count(1, 100_000).describe('prompts that one person may queue there at once before that rate counts'),
  key_prompts_per_minute: count(1, 100_000).describe(
    'prompts per minute with all API keys, static keys and Basic passwords of one person together',
  ),
  key_prompt_burst: count(1, 100_000).describe('prompts that they may queue at once before that rate counts'),
  changes_per_minute: count(1, 100_000).describe(
    'changes of one person per minute that are written down as security events: keys, devices, second factors, users and such',
  ),
  change_burst: count(1, 100_000).describe('such changes that one person may make at once before that rate counts'),
  requests_in_flight: count(1, 100_000).describe(
    'requests of one person that may be under way at once; static files of the page do not count',
  ),
  sockets_per_user: count(1, 10_000).describe('open WebSockets of one user'),
  queue_weight: count(1, 1_000).describe('share of the worker: 2 gets twice the turns of 1'),
  job_time: durationMs.describe('a job that runs longer is cancelled'),
  job_silence: durationMs.describe('a running job of which ComfyUI tells nothing for so long hangs, and is cancelled'),
}

const everybody = z
  .strictObject({
    upload: limits.upload.prefault('100MB'),
    upload_types: limits.upload_types.default(['*']),
    json_body: limits.json_body.prefault('20MB'),
    userdata_file: limits.userdata_file.prefault('50MB'),
    nodes_per_prompt: limits.nodes_per_prompt.default(2_000),
    chain_depth: limits.chain_depth.default(200),
    text_length: limits.text_length.default(2_000_000),
    prompt_text_length: limits.prompt_text_length.default(100_000),
    list_length: limits.list_length.default(20_000),
    files_per_prompt: limits.files_per_prompt.default(100),
    megapixels: limits.megapixels.default(67),
    batch_size: limits.batch_size.default(4_096),
    work_megapixels: limits.work_megapixels.default(100_000),
    held_megapixels: limits.held_megapixels.default(4_000),
    pending_jobs: limits.pending_jobs.default(200),
    prompts_per_minute: limits.prompts_per_minute.default(600),
    prompt_burst: limits.prompt_burst.default(100),
    key_prompts_per_minute: limits.key_prompts_per_minute.default(10),
    key_prompt_burst: limits.key_prompt_burst.default(5),
    changes_per_minute: limits.changes_per_minute.default(5),
    change_burst: limits.change_burst.default(300),
    requests_in_flight: limits.requests_in_flight.default(256),
    sockets_per_user: limits.sockets_per_user.default(32),
    queue_weight: limits.queue_weight.default(1),
    job_time: limits.job_time.prefault('24h'),
    job_silence: limits.job_silence.prefault('1h'),
    connections: count(16, 1_000_000).default(10_000).describe('open connections in all'),
    socket_backlog: sizeBytes
      .prefault('512MB')
      .describe('what all sockets together were told and have not read; beyond it the slowest are closed'),
  })
  .prefault({})

const permission = z.enum(permissionNames)

const oneRole = z.strictObject({
  like: z.enum(roleNames).optional().describe('the built-in role that a new one starts from'),
  may: z.array(permission).optional().describe('permissions added to it (docs/permissions.md)'),
  may_not: z.array(permission).optional().describe('permissions taken from it'),
  limits: z.strictObject(limits).partial().prefault({}),
  strip_metadata: z
    .boolean()
    .optional()
    .describe('shows files only without the prompt and workflow that ComfyUI writes into them'),
  addresses: roleAddressesSchema.optional(),
  second_factor: z
    .enum(['required', 'optional'])
    .optional()
    .describe('required: whoever logs in here may do nothing before they have proven a second factor'),
  nodes: roleNodesSchema,
  models: roleModelsSchema,
})

export const limitsSchema = everybody
/** What differs for one role. */
export const rolesSchema = z
  .record(z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'write the name of a role, such as reviewer'), oneRole.optional())
  .prefault({})
