/** Which settings exist? One schema for types, defaults, errors and docs/CONFIGURATION.md. */
import { z } from 'zod'
import { auditSchema } from './audit-schema.ts'
import { authSchema } from './auth-schema.ts'
import { areFoldersTogether, folderSettings, foldersTogether } from './folders-schema.ts'
import { limitsSchema, rolesSchema } from './limits-schema.ts'
import { networkSchema } from './network-schema.ts'
import { nodesSchema } from './nodes-schema.ts'
import { policySchema } from './policy-schema.ts'
import { httpUrl, placementSchema, workersSchema } from './workers-schema.ts'

const listenAddress = z
  .string()
  .regex(/^(?:\[[0-9a-fA-F:.]+\]|[^\s:[\]/]+):\d{1,5}$/, 'write HOST:PORT, e.g. 127.0.0.1:8288 or [::1]:8288')
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'a port is a number from 0 to 65535')
const origin = z
  .string()
  .regex(/^https?:\/\/[^/?#@\s]+$/, 'write an origin such as https://comfy.example.com, without a path')
  .refine((text) => URL.canParse(text), 'its host or port is no host or port')

const customRow = z.strictObject({
  route: z
    .string()
    .regex(/^(?:GET|POST|PUT|PATCH|DELETE) \/\S+$/, 'write METHOD /path, e.g. GET /pysssss/view')
    .regex(/^\S+ \/(?!api\/)/, 'leave /api away: a row serves /x and /api/x alike'),
  isolation: z.enum(['shared', 'denied', 'owners']).describe('what keeps tenants apart on it'),
  says: z.string().min(10).describe('why, in one sentence'),
  query: z.array(z.string()).default([]).describe('query keys that are passed on'),
})

export const configSchema = z.strictObject({
  server: z
    .strictObject({
      listen: z.array(listenAddress).min(1).default(['127.0.0.1:8288']).describe('addresses the sidecar listens on'),
      public_url: origin
        .optional()
        .describe(
          'the origin people type, when a reverse proxy is in front; https here makes the cookie __Host- and Secure',
        ),
      tls_cert_file: z.string().optional().describe('PEM certificate chain: the sidecar then speaks https itself'),
      tls_key_file: z.string().optional().describe('PEM key of the certificate'),
      tls_min_version: z.enum(['1.2', '1.3']).default('1.2').describe('oldest TLS that is spoken'),
      tls_client_ca_file: z
        .string()
        .optional()
        .describe('PEM authorities of client certificates; set: clients are asked for one (auth.client_certificates)'),
      tls_client_crl_file: z
        .string()
        .optional()
        .describe('PEM list of revoked client certificates; one that is out of date refuses all of its authority'),
      tls_client_required: z
        .boolean()
        .default(false)
        .describe('connections without a good client certificate are refused, browsers included'),
      redirect_listen: z
        .array(listenAddress)
        .default([])
        .describe('addresses in clear, e.g. 0.0.0.0:80, that answer with the https address and nothing else'),
      allowed_origins: z.array(origin).default([]).describe('further own origins, e.g. custom domains'),
    })
    .prefault({}),
  comfyui: z
    .strictObject({
      url: httpUrl.optional().describe('the ComfyUI behind the sidecar; unset: http://127.0.0.1:8188'),
      tls_ca_file: z
        .string()
        .optional()
        .describe("PEM file of the authority that signed an https ComfyUI's certificate"),
      guard_secret_file: z.string().optional().describe('file with the secret that the companion pack demands'),
    })
    .prefault({}),
  workers: workersSchema,
  placement: placementSchema,
  data: z
    .strictObject({ dir: z.string().optional().describe('where users, jobs and saved workflows are kept') })
    .prefault({}),
  files: z.strictObject(folderSettings).refine(areFoldersTogether, foldersTogether).prefault({}),
  tenancy: z
    .strictObject({
      mode: z.enum(['separate', 'shared']).default('separate').describe('shared: one common world behind the login'),
      identity_header: z
        .string()
        .regex(/^X-(?!Gatehouse-|Forwarded-)[A-Za-z0-9-]{1,60}$/i, 'write the name of a header that begins with X-')
        .optional()
        .describe('tells ComfyUI the user name with every request made for somebody, e.g. X-FunArt-Comfy-UserId'),
    })
    .prefault({}),
  network: networkSchema,
  auth: authSchema,
  audit: auditSchema,
  nodes: nodesSchema,
  models: z
    .strictObject({
      allow_pickles: z
        .array(z.string().min(1))
        .default([])
        .describe('models that may be chosen although their format can carry code, e.g. upscale_models/*.pth'),
    })
    .prefault({}),
  routes: z.array(customRow).default([]).describe('rows for routes that custom nodes add'),
  events: z
    .strictObject({
      allow: z
        .array(z.string())
        .default([])
        .describe("WebSocket event types of custom nodes, delivered to the running job's owner"),
    })
    .prefault({}),
  limits: limitsSchema,
  policy: policySchema,
  roles: rolesSchema,
  log: z
    .strictObject({
      level: z
        .enum(['silent', 'error', 'warn', 'info', 'debug'])
        .default('warn')
        .describe('info adds a line per request'),
    })
    .prefault({}),
})

export type ConfigFile = z.infer<typeof configSchema>
