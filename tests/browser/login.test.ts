import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
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

describe('the login page', () => {
  it('signs in with the keyboard alone and leads back to where the person was', async () => {
    const page = await scene.open('/graph?from=here')
    await page.waitForURL('**/login?next=%2Fgraph')
    await page.getByLabel('User name').waitFor()
    await page.keyboard.type('alice')
    await page.keyboard.press('Tab')
    await page.keyboard.type(passwordOf('alice'))
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await page.keyboard.press('Enter')
    await page.getByText('The graph of alice').waitFor()
    const [request] = scene.server.requestsTo('/gatehouse/api/v1/login')
    expect(JSON.parse(request?.body ?? '')).toEqual({
      username: 'alice',
      password: passwordOf('alice'),
      remember: true,
    })
  })

  it('says the same of a wrong password and of a name that does not exist', async () => {
    const page = await scene.open('/login')
    const texts: (string | null)[] = []
    for (const name of ['alice', 'nobody']) {
      await page.getByLabel('User name').fill(name)
      await page.getByLabel('Password', { exact: true }).fill('wrong')
      await page.keyboard.press('Enter')
      await page.getByRole('alert').getByText('not right').waitFor()
      texts.push(await page.getByRole('alert').textContent())
    }
    expect(texts[0]).toBe('The name or the password is not right.')
    expect(texts[1]).toBe(texts[0])
    expect(await page.evaluate('document.activeElement.name')).toBe('password')
  })

  it('takes an API key on a tab of its own, reached with the arrow keys', async () => {
    const page = await scene.open('/login')
    await page.getByRole('tab', { name: 'Password' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.getByLabel('API key').and(page.locator('input')).fill(' gh_1_key-of-alice ')
    await page.keyboard.press('Enter')
    await page.getByText('The graph of alice').waitFor()
  })

  it('moves on at once when the person is signed in already, though a link from another site brought no cookie', async () => {
    await scene.signIn('alice')
    const page = await scene.context.newPage()
    await page.goto(
      `${scene.server.foreignOrigin}/link-of-another-site?to=${encodeURIComponent(`${scene.server.origin}/graph`)}`,
    )
    await page.getByText('go').click()
    await page.getByText('The graph of alice').waitFor()
    expect(scene.server.requestsTo('/login')).toHaveLength(1)
  })

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/',
    '/\t/evil.example',
    'javascript:alert(1)',
    '/login',
  ])('stays on its own origin when it is told to return to %j', async (wanted) => {
    const page = await scene.open(`/login?next=${encodeURIComponent(wanted)}`)
    await page.getByLabel('User name').fill('alice')
    await page.getByLabel('Password', { exact: true }).fill(passwordOf('alice'))
    await page.keyboard.press('Enter')
    await page.getByText('The graph of alice').waitFor()
    expect(page.url()).toBe(`${scene.server.origin}/`)
  })

  it('fits a window of 320 pixels', async () => {
    const page = await scene.open('/login')
    await page.setViewportSize({ width: 320, height: 600 })
    await page.getByLabel('User name').waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
  })
})

describe('signing out by address', () => {
  it('happens at once when the person typed it, and leaves nothing in the browser', async () => {
    const page = await scene.openGraph('alice')
    await page.evaluate(`localStorage.setItem('Comfy.Workflow.Draft.v2:personal:x', '{}')`)
    await page.goto(`${scene.server.origin}/auth_login.html?logout=true`)
    await page.getByText('You are signed out.').waitFor()
    expect(scene.server.state.sessions.size).toBe(0)
    expect(await page.evaluate('Object.keys(localStorage)')).toEqual([])
  })

  it('goes on to where a gateway ends its own session, from the page and from the open graph', async () => {
    const next = `${scene.server.foreignOrigin}/foreign`
    const page = await scene.openGraph('alice')
    const answer = { status: 200, contentType: 'application/json', body: JSON.stringify({ next }) }
    await page.route('**/gatehouse/api/v1/logout', (route) => route.fulfill(answer))
    await page.evaluate(`localStorage.setItem('Comfy.Workflow.Draft.v2:personal:x', '{}')`)
    await page.evaluate('void window.gatehouse.logout()')
    await page.waitForURL(next)
    await page.goto(`${scene.server.origin}/auth_login.html?logout=true`)
    await page.waitForURL(next)
    await page.goto(`${scene.server.origin}/blank`)
    expect(await page.evaluate('Object.keys(localStorage)')).toEqual([])
  })

  it('asks first when another site sent the person', async () => {
    await scene.signIn('alice')
    const page = await scene.context.newPage()
    const target = `${scene.server.origin}/login?logout=true`
    await page.goto(`${scene.server.foreignOrigin}/link-of-another-site?to=${encodeURIComponent(target)}`)
    await page.getByText('go').click()
    await page.getByRole('heading', { name: 'Sign out?' }).waitFor()
    expect(scene.server.state.sessions.size).toBe(1)
    await page.getByRole('button', { name: 'Stay signed in' }).click()
    await page.getByText('The graph of alice').waitFor()
    expect(scene.server.state.sessions.size).toBe(1)
  })

  it('does as it is told after it asked', async () => {
    await scene.signIn('alice')
    const page = await scene.open('/login?logout=ask')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('You are signed out.').waitFor()
    expect(scene.server.state.sessions.size).toBe(0)
  })
})
