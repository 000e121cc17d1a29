/** Does the stock UI show a role what it may, and does the server refuse the rest whatever the page shows? */
import { parseRole } from '@gatehouse/shared/roles'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import { until } from '../support/person.ts'
import { becomesTrue } from '../support/stock-ui.ts'
import { fillLogin, type Stage, setStage, type Tab } from './stage.ts'

const startTimeoutMs = 240_000
let stage: Stage
beforeAll(async () => {
  stage = await setStage({
    picturesIn: 'roles',
    config: (config) => ({
      ...config,
      roles: {
        ...config.roles,
        runner: {
          like: 'user',
          may_not: ['graph:edit', 'workflow:save', 'workflow:delete', 'upload:create', 'settings:write'],
          limits: {},
        },
        viewer: { like: 'guest', limits: {} },
      },
    }),
  })
}, startTimeoutMs)
afterAll(() => stage?.[Symbol.asyncDispose]())

async function signsInAs(who: 'alice' | 'bob', roleName: string): Promise<Tab> {
  const { store, address } = stage.world
  const [role, member] = [parseRole(roleName), await store.users.findByName(who)]
  if (role === undefined || member === undefined) throw new Error('no such role or person')
  await store.users.setRole(member.id, role)
  const tab = await (await stage.opensWindow()).opensTab()
  await tab.page.goto(address)
  await fillLogin(tab.page, who)
  await becomesTrue(tab.page, 'window.app !== undefined && document.getElementById("splash-loader") === null')
  return tab
}

/** What the page gets for a request of its own, with its session. */
function asks(tab: Tab, path: string, method: string, body: unknown): Promise<unknown> {
  const init = JSON.stringify({ method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return tab.page.evaluate(`fetch(${JSON.stringify(path)}, ${init}).then(({ status }) => status)`)
}

it('runs a published workflow from the sidebar for a role that may edit no graph', { timeout: 180_000 }, async () => {
  const { olga, alice } = stage.world
  const prompt = savedPicture('portrait', 0x336699)
  const wish = { name: 'Portrait', prompt, open: [{ node: '1', input: 'color' }], everybody: true }
  expect((await olga.post('/gatehouse/api/v1/workflows', wish)).status).toBe(201)
  const tab = await signsInAs('alice', 'runner')
  await tab.page.getByRole('button', { name: 'Published workflows' }).click()
  await tab.page.getByRole('button', { name: 'Portrait', exact: true }).click()
  await tab.page.getByLabel('EmptyImage: color').fill(String(0xff8800))
  await tab.keepsPicture('run-only')
  const panel = tab.page.getByRole('region', { name: 'Published workflows' })
  await panel.getByRole('button', { name: 'Run', exact: true }).click()
  await panel.getByText('Queued.').waitFor()
  const job = await until(async () => Object.values(await alice.json('/history'))[0])
  expect(JSON.stringify(job)).toContain(`"color":${0xff8800}`)
  await becomesTrue(tab.page, `window.app.graph.nodes.length === 3`)
  await tab.keepsPicture('run-only-ran')

  // A canvas to look at, whatever the page switches.
  await tab.page.evaluate('window.app.extensionManager.command.execute("Comfy.Canvas.Unlock")')
  await tab.page.evaluate('(() => { window.app.canvas.read_only = false })()')
  expect(await tab.page.evaluate('window.app.canvas.read_only')).toBe(true)
  await tab.page.locator('#graph-canvas').focus()
  await tab.page.keyboard.press('Control+s')
  await tab.page.getByText('Not for your role').first().waitFor()
  await tab.keepsPicture('run-only-save')
  expect(
    await tab.page
      .locator('nav')
      .getByRole('button', { name: /^Settings/ })
      .isVisible(),
  ).toBe(false)

  // Hiding is a courtesy: the same page asks the server itself.
  expect(await asks(tab, '/api/prompt', 'POST', { prompt: savedPicture('other') })).toBe(400)
  expect(await asks(tab, '/api/prompt', 'POST', { prompt })).toBe(200)
  expect(await asks(tab, '/api/userdata/workflows%2Fmine.json', 'POST', {})).toBe(403)
  expect(await asks(tab, '/api/settings/Comfy.ColorPalette', 'POST', 'dark')).toBe(403)
})

it('offers nothing to run to a role that may look only', { timeout: 120_000 }, async () => {
  const tab = await signsInAs('bob', 'viewer')
  await becomesTrue(tab.page, `document.querySelector('[aria-label^="Signed in as"]') !== null`)
  expect(await tab.page.getByTestId('queue-button').isVisible()).toBe(false)
  expect(await tab.page.getByRole('button', { name: 'Published workflows' }).count()).toBe(0)
  await tab.keepsPicture('look-only')
  expect(await asks(tab, '/api/prompt', 'POST', { prompt: savedPicture('any') })).toBe(403)
})
