/** Where does a frontend show the own jobs, pictures and workflows? Each generation of it in its own place. */
import type { Locator, Page } from 'playwright-core'

/** By their first frontend known: 1.27 has a sidebar for the queue, 1.36 a panel that expands, 1.47 an overlay. */
type Generation = 'sidebar' | 'expanding' | 'overlay'

export interface Panels {
  /** Opens the list of the own jobs. */
  opensQueue(): Promise<void>
  /** Waits until that list shows the job whose picture is called so. */
  listsJob(filename: string): Promise<void>
  /** What that list says, names of its pictures included. */
  readsQueue(): Promise<string>
  /** Opens the panel of the own pictures, where there is one besides the queue, and waits until it shows `stem`.png. */
  listsPicture(stem: string): Promise<void>
  /** Opens the panel of the saved workflows and waits until it lists this one. */
  listsWorkflow(name: string): Promise<void>
}

export function createPanels(page: Page): Panels {
  const toggles: Readonly<Record<Generation, Locator>> = {
    overlay: page.getByTestId('queue-overlay-toggle'),
    expanding: page.getByRole('button', { name: 'Expand job queue' }),
    sidebar: page.getByRole('button', { name: 'Queue (q)' }),
  }
  const lists: Readonly<Record<Generation, Locator>> = {
    overlay: page.getByTestId('queue-progress-overlay'),
    expanding: page.locator('div.pointer-events-auto').filter({ hasText: 'Job Queue' }).last(),
    sidebar: page.locator('.sidebar-content-container'),
  }
  const generation = async (): Promise<Generation> => {
    await toggles.overlay.or(toggles.expanding).or(toggles.sidebar).first().waitFor()
    if (await toggles.overlay.isVisible()) return 'overlay'
    return (await toggles.sidebar.isVisible()) ? 'sidebar' : 'expanding'
  }
  let opened: Generation = 'overlay'
  const jobOf = (filename: string): Locator =>
    opened === 'sidebar'
      ? lists.sidebar.locator(`img[src*="filename=${filename}&"]`)
      : lists[opened].getByText(filename, { exact: true })
  return {
    opensQueue: async () => {
      opened = await generation()
      await toggles[opened].click()
      if (opened === 'sidebar')
        await lists.sidebar
          .getByText(/^\s*queue\s*$/i)
          .first()
          .waitFor()
      else await page.getByText('Job Queue', { exact: true }).waitFor()
    },
    listsJob: (filename) => jobOf(filename).first().waitFor(),
    readsQueue: async () => {
      const addresses = await lists[opened]
        .locator('img')
        .evaluateAll('(images) => images.map((one) => one.src).join()')
      return `${(await lists[opened].textContent()) ?? ''} ${String(addresses)}`
    },
    listsPicture: async (stem) => {
      if (opened === 'sidebar') return await jobOf(`${stem}.png`).first().waitFor()
      await page.getByRole('button', { name: /^Assets/ }).click()
      await page.getByText(stem, { exact: true }).waitFor()
    },
    listsWorkflow: async (name) => {
      await page.getByRole('button', { name: /^Workflows/ }).click()
      const newer = page.getByTestId('workflows-sidebar').getByText(name, { exact: true })
      const older = page.locator('.comfyui-workflows-browse').getByText(`${name}.json`, { exact: true })
      await newer.or(older).waitFor()
    },
  }
}
