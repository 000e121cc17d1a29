/** Does docs/identity/people.md say what works? Its block is run as it is printed, and its sentences are looked up. */
import { expect, it } from 'vitest'
import { ConfigError } from '../../sidecar/src/config/config.ts'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { startConfigured, yamlOf } from '../support/configured.ts'
import { sentencesOf, unsaid } from '../support/said.ts'
import { api, codeOf, memberOf, peerAt } from './peer.ts'

const page = 'docs/identity/people.md'
const [approval = ''] = yamlOf(page)
const asked = { username: 'nora', password: 'seven lanterns by the quay' }

it('has one block, which lets people ask and an administrator decide', async () => {
  expect(yamlOf(page)).toHaveLength(1)
  await using site = await startConfigured(approval)
  const here = peerAt('127.0.0.1', site)
  const post = (path: string, body: object) => here.ask(`${api}${path}`, { method: 'POST', body })
  expect((await post('/register', asked)).status).toBe(202)
  expect(codeOf(await post('/login', asked))).toBe('approval_pending')
  const nora = await site.store.users.findByName('nora')
  expect(nora).toMatchObject({ state: 'pending', role: 'user' })
  if (nora !== undefined) await site.store.users.setState(nora.id, 'active')
  expect(memberOf(await post('/login', asked), 'user')).toBe('nora')
  site.rewrite('')
  expect(codeOf(await post('/register', { ...asked, username: 'pia' }))).toBe('forbidden')
})

it('lets nobody ask for a role that administers', async () => {
  for (const role of ['owner', 'admin']) {
    const yaml = approval.replace('registration_role: user', `registration_role: ${role}`)
    await expect(startConfigured(yaml)).rejects.toThrow(ConfigError)
  }
  await expect(startConfigured('auth: { registration_role: nobody }')).rejects.toThrow('there is no role nobody')
})

it('opens its pages to strangers', async () => {
  await using site = await startConfigured(approval)
  const here = peerAt('127.0.0.1', site)
  for (const path of ['/invite', '/register', '/link']) {
    const reply = await here.ask(path)
    expect(reply.status, path).toBe(200)
    expect(reply.headers['referrer-policy'], path).toBe('same-origin')
  }
})

it('keeps a waiting person out of ComfyUI as it does a stranger', async () => {
  await using site = await startConfigured(approval)
  const passwordHash = await createPasswords().hash(asked.password)
  await site.store.users.register({ name: 'nora', role: 'user', passwordHash }, 5)
  const here = peerAt('127.0.0.1', site)
  const basic = Buffer.from(`${asked.username}:${asked.password}`).toString('base64')
  const before = site.practice.requests.length
  const reply = await here.ask('/queue', { headers: ['Authorization', `Basic ${basic}`] })
  expect(codeOf(reply)).toBe('approval_pending')
  expect(site.practice.requests.slice(before).map(({ url }) => url)).not.toContain('/queue')
})

it('explains sentences that are said', () => {
  const sentences = sentencesOf(page)
  expect(sentences.length).toBeGreaterThan(5)
  expect(unsaid(sentences)).toEqual([])
})
