import type { UpstreamPromptId } from '@gatehouse/shared/ids'
import type { JsonObject } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import { parseJson, stringifyJson } from '../transform/lossless-json.ts'
import { postBody, storedBody } from './post-body.ts'

function parseId(text: string): UpstreamPromptId {
  return text as UpstreamPromptId
}

const ids = { clientId: 'c', upstreamId: parseId('u'), number: -1.5 }
const prompt = { '1': { class_type: 'RandomNoise', inputs: { seed: parseJson('18446744073709551615') } } }
const secrets = { authTokenComfyOrg: 'to"ken', apiKeyComfyOrg: 'key' }
const secretFields = { auth_token_comfy_org: 'to"ken', api_key_comfy_org: 'key' }

describe('what is posted', () => {
  it.each<[JsonObject, typeof secrets | undefined, JsonObject]>([
    [{}, undefined, {}],
    [{}, secrets, secretFields],
    [{ extra_pnginfo: { workflow: { id: 'w' } } }, undefined, { extra_pnginfo: { workflow: { id: 'w' } } }],
    [{ preview_method: 'auto' }, secrets, { ...secretFields, preview_method: 'auto' }],
  ])('of extra data %j and secrets %j has both', async (extraData, given, expected) => {
    const stored = { body: await storedBody({ prompt, targets: ['1'] }), extraData: stringifyJson(extraData) }
    const posted = postBody(stored, ids, given)
    expect(posted).toContain('18446744073709551615')
    expect(JSON.parse(posted)).toEqual({
      client_id: 'c',
      prompt_id: 'u',
      number: -1.5,
      extra_data: expected,
      prompt: JSON.parse(JSON.stringify(prompt)),
      partial_execution_targets: ['1'],
    })
    expect(posted.match(/"extra_data"/g)).toHaveLength(1)
  })
})
