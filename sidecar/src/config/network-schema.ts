/** From where may people come, and which proxies say from where? The `network` section, obeyed without a restart. */
import { z } from 'zod'
import { isEverywhere, rangeProblem } from '../identity/address-range.ts'

/** An address or a CIDR range. */
const range = z.string().check((context) => {
  const problem = rangeProblem(context.value)
  if (problem !== undefined) context.issues.push({ code: 'custom', input: context.value, message: problem })
})

/** Of those who are believed something that others are not. */
export const trustedRange = range.refine((text) => !isEverywhere(text), {
  error: ({ input }) => `${String(input)} is everybody: list the addresses of your own proxies only`,
})

export const ranges = z.array(range)

const allowed = ranges.min(1, 'an empty list lets nobody in: leave the setting out to let everybody in')

/** Of everybody, of a role or of a credential: whoever is denied stays out, and so does whoever an allow list leaves out. */
export interface AddressLists {
  readonly allow?: readonly string[] | undefined
  readonly deny?: readonly string[] | undefined
}

export const roleAddressesSchema = z.strictObject({
  allow: allowed.optional().describe('the only addresses people of the role may come from; left out: all'),
  deny: ranges.optional().describe('addresses they may not come from; beats every allow list'),
})

export const networkSchema = z
  .strictObject({
    trusted_proxies: z
      .array(trustedRange)
      .default([])
      .describe('addresses or CIDR ranges of your own reverse proxies; the header below is read from them alone'),
    forwarded_header: z
      .enum(['x-forwarded-for', 'forwarded'])
      .default('x-forwarded-for')
      .describe('the one header in which they say whom they had a request from'),
    allow: allowed.optional().describe('the only addresses or CIDR ranges that are served; left out: all'),
    deny: ranges.default([]).describe('addresses or CIDR ranges that are not served; beats `allow`'),
  })
  .prefault({})
