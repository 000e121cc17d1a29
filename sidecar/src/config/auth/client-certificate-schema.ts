/** Which client certificate stands for which user? The `auth.client_certificates` section. */
import { z } from 'zod'

const entry = z
  .strictObject({
    user: z.string().min(1).describe('the user, usually a service account, whom it stands for'),
    fingerprint: z
      .string()
      .transform((text) => text.replaceAll(':', '').toLowerCase())
      .refine(
        (text) => /^[0-9a-f]{64}$/.test(text),
        'write the SHA-256 fingerprint: 64 hexadecimal digits, with or without colons',
      )
      .optional()
      .describe('SHA-256 fingerprint of this one certificate'),
    san: z
      .string()
      .regex(/^(?:dns|email|url|ip):\S+$/, 'write dns:NAME, email:ADDRESS, url:URL or ip:ADDRESS')
      .optional()
      .describe('an alternative name in it, e.g. dns:worker-1.lab'),
    cn: z.string().min(1).optional().describe('its common name, of any certificate of server.tls_client_ca_file'),
  })
  .refine(
    ({ fingerprint, san, cn }) => [fingerprint, san, cn].filter((one) => one !== undefined).length === 1,
    'name one of fingerprint, san and cn',
  )

export const clientCertificatesSchema = z
  .array(entry)
  .default([])
  .describe('client certificates of server.tls_client_ca_file, and whom they stand for')

export type ClientCertificateSettings = z.infer<typeof entry>
