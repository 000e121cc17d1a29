import { expect, it } from 'vitest'
import { trustedHeadersSchema } from '../config/auth/trusted-header-schema.ts'
import { loadConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { warnOfUnknownNames } from './warn-of-unknown-names.ts'

const { auth, server } = loadConfig(readEnvironment({}))
const gateway = trustedHeadersSchema.parse([{ name: 'sso', preset: 'authelia', from: ['10.0.0.1'] }])

function said(changed: Partial<typeof server>, trusted = gateway): readonly string[] {
  const sentences: string[] = []
  const config = { auth: { ...auth, trusted_headers: trusted }, server: { ...server, ...changed } }
  warnOfUnknownNames(config, (sentence) => sentences.push(sentence))
  return sentences
}

it('whoever believes a gateway is told to name the server, where nothing does', () => {
  expect(said({})).toEqual([expect.stringMatching(/^WARNING: auth\.trusted_headers .*server\.public_url\.$/)])
  expect(said({ public_url: 'https://comfy.example.com' })).toEqual([])
  expect(said({ allowed_origins: ['https://comfy.example.com'] })).toEqual([])
  expect(said({}, [])).toEqual([])
})
