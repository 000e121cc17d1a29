import { expect, it } from 'vitest'
import { startPracticeComfyui } from '../practice-comfyui/start.ts'
import { launchChromium } from '../support/chromium.ts'
import { frontendRoot } from '../support/frontend-package.ts'

it('opens the practice ComfyUI with a graph that it can run', async () => {
  const root = await frontendRoot()
  if (root === undefined) throw new Error('The stock frontend could not be had.')
  await using practice = await startPracticeComfyui({ frontendRoot: root, welcome: true })
  await fetch(`${practice.url}/settings`, {
    method: 'POST',
    body: JSON.stringify({ 'Comfy.TutorialCompleted': true, 'Comfy.InstalledVersion': '1.49.6' }),
  })
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    await page.goto(practice.url)
    const opened = await page.waitForFunction(() => {
      const app: unknown = Reflect.get(window, 'app')
      const graph: unknown = typeof app === 'object' && app !== null ? Reflect.get(app, 'graph') : undefined
      const nodes: unknown = typeof graph === 'object' && graph !== null ? Reflect.get(graph, 'nodes') : undefined
      return Array.isArray(nodes) && nodes.length > 0 ? nodes.map((node) => node.type) : undefined
    })
    expect(await opened.jsonValue()).toEqual(['EmptyImage', 'SaveImage', 'PreviewImage'])
  } finally {
    await browser.close()
  }
})
