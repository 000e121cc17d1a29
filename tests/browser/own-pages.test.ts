import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pageNames } from '../../scripts/build/page-html.ts'
import { setupToken } from './fake-own-api.ts'
import { type BrowserWorld, createBrowserWorld, passwordOf, type Scene } from './world.ts'

let world: BrowserWorld
let scene: Scene
beforeAll(async () => {
  world = await createBrowserWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  scene = await world.newScene()
})
afterEach(async () => {
  expect(scene.errors).toEqual([])
  await scene.close()
})

describe('the set-up page', () => {
  it('creates the owner with the token of the link, which leaves the address bar and never reaches a log', async () => {
    scene.server.state.needsSetup = true
    const page = await scene.open(`/setup#token=${setupToken}`)
    await page.getByLabel('User name').fill('olga')
    await page.getByLabel('Password', { exact: true }).fill('correct horse olga')
    await page.getByLabel('Password again').fill('correct horse olga')
    expect(page.url()).toBe(`${scene.server.origin}/setup`)
    await page.keyboard.press('Enter')
    await page.getByText('The graph of olga').waitFor()
    expect(scene.server.seen.filter((one) => one.path.includes(setupToken))).toEqual([])
  })

  it('refuses a short password and two different ones without asking the server', async () => {
    scene.server.state.needsSetup = true
    const page = await scene.open(`/setup#token=${setupToken}`)
    for (const [password, again, sentence] of [
      ['short', 'short', 'at least 12 characters'],
      ['correct horse olga', 'correct horse olgA', 'not the same'],
    ] as const) {
      await page.getByLabel('User name').fill('olga')
      await page.getByLabel('Password', { exact: true }).fill(password)
      await page.getByLabel('Password again').fill(again)
      await page.keyboard.press('Enter')
      await page.getByRole('alert').getByText(sentence).waitFor()
    }
    expect(scene.server.requestsTo('/gatehouse/api/v1/setup').map((one) => one.method)).toEqual(['GET'])
  })

  it('leads to the login when the owner exists', async () => {
    const page = await scene.open('/setup')
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.waitForURL('**/login')
  })
})

describe('the account page', () => {
  it('leads to the login and back when nobody is signed in', async () => {
    const page = await scene.open('/account')
    await page.waitForURL('**/login?next=%2Faccount')
    await page.getByLabel('User name').fill('alice')
    await page.getByLabel('Password', { exact: true }).fill(passwordOf('alice'))
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Account' }).waitFor()
    expect(page.url()).toBe(`${scene.server.origin}/account`)
  })

  it.each([
    ['cancel', 'When you sign out: Jobs that you queued here and that are not finished are cancelled.'],
    ['cancel_waiting', 'When you sign out: Jobs that you queued here and that wait are cancelled.'],
    [undefined, undefined],
  ])('says which jobs end with the session (%s)', async (jobsAtLogout, sentence) => {
    await scene.signIn('alice')
    const page = await scene.context.newPage()
    await page.route('**/gatehouse/api/v1/me', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...(await response.json()), jobsAtLogout } })
    })
    await page.goto(`${scene.server.origin}/account`)
    await page.getByRole('heading', { name: 'Account' }).waitFor()
    const said = page.getByText('When you sign out:')
    expect(await said.allTextContents()).toEqual(sentence === undefined ? [] : [sentence])
  })

  it('makes an API key, shows it once and revokes it', async () => {
    await scene.signIn('alice')
    const page = await scene.open('/account')
    await page.getByText('New key').click()
    await page.getByLabel('Label').fill('render <b>script</b>')
    await page.keyboard.press('Enter')
    expect(await page.locator('code').textContent()).toBe('gh_k1_secret')
    await page.getByRole('button', { name: 'Revoke render <b>script</b>' }).click()
    expect(scene.server.state.keys.size).toBe(1)
    await page.getByRole('button', { name: 'Really Revoke render <b>script</b>' }).click()
    await page.locator('code').waitFor({ state: 'detached' })
    expect(scene.server.state.keys.size).toBe(0)
  })

  it('lists the sessions of the person and ends all of them', async () => {
    scene.server.signIn('alice')
    scene.server.signIn('bob')
    await scene.signIn('alice')
    const page = await scene.open('/account')
    await page.getByText('this one').waitFor()
    expect(await page.getByRole('button', { name: /^End / }).count()).toBe(2)
    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await page.getByRole('button', { name: 'Really Sign out everywhere' }).click()
    await page.waitForURL('**/login?next=%2Faccount')
    expect([...scene.server.state.sessions.values()].map((one) => one.user)).toEqual(['bob'])
  })

  it('changes the password for somebody who knows the present one', async () => {
    await scene.signIn('alice')
    const page = await scene.open('/account')
    await page.getByText('Change the password').first().click()
    for (const [current, sentence] of [
      ['wrong', 'The present password is not right.'],
      [passwordOf('alice'), 'The password is changed.'],
    ] as const) {
      await page.getByLabel('Present password').fill(current)
      await page.getByLabel('New password', { exact: true }).fill('another long one')
      await page.getByLabel('New password again').fill('another long one')
      await page.keyboard.press('Enter')
      await page.getByText(sentence).waitFor()
    }
    expect(scene.server.state.passwords.get('alice')).toBe('another long one')
  })
})

describe('the waiting page', () => {
  it('goes on by itself as soon as the address answers', async () => {
    await scene.signIn('alice')
    const page = await scene.context.newPage()
    await page.clock.install()
    let isDown = true
    const waiting = world.web.find('/waiting')?.content.toString('utf8') ?? ''
    await page.route('**/graph', (route) =>
      isDown ? route.fulfill({ status: 503, contentType: 'text/html', body: waiting }) : route.continue(),
    )
    await page.goto(`${scene.server.origin}/graph`)
    await page.getByRole('heading', { name: 'ComfyUI is not ready yet' }).waitFor()
    await page.clock.runFor(3_000)
    await page.getByText('Last asked at').waitFor()
    isDown = false
    await page.clock.runFor(3_000)
    await page.getByText('The graph of alice').waitFor()
  })
})

describe('every own page', () => {
  it.each([...pageNames, 'waiting'].map((name) => `/${name}`))(
    '%s needs no inline script, no inline style and no other host',
    async (path) => {
      await scene.signIn('alice')
      const page = await scene.context.newPage()
      const complaints: string[] = []
      page.on('console', (message) => {
        if (message.text().includes('Content Security Policy')) complaints.push(message.text())
      })
      const shell = world.web.find(path)?.content ?? Buffer.alloc(0)
      const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
      await page.route(`**${path}`, (route) =>
        route.fulfill({ body: shell, contentType: 'text/html', headers: { 'content-security-policy': policy } }),
      )
      await page.goto(scene.server.origin + path)
      await page.getByRole('heading', { level: 1 }).or(page.getByText('The graph of alice')).waitFor()
      expect(complaints).toEqual([])
    },
  )
})
