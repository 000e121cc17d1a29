/** Does the account page of a running Gatehouse show what a person keeps, and let them delete it? */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { onePixel } from '../support/graphs.ts'
import { alicePassword, createWorld, type World, type WorldOptions } from '../support/world.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
}, 60_000)
afterAll(() => browser.close())

async function signedIn({ address }: World): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 900, height: 1_000 } })).newPage()
  await page.goto(`${address}/login?next=%2Faccount`)
  await page.getByLabel('User name').fill('alice')
  await page.getByLabel('Password', { exact: true }).fill(alicePassword)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Account' }).waitFor()
  return page
}

const withFolders: WorldOptions = {
  config: (config, { baseDirectory }) => ({
    ...config,
    files: { input_dir: join(baseDirectory, 'input'), output_dir: join(baseDirectory, 'output') },
  }),
}

describe('the account page', { timeout: 120_000 }, () => {
  it('shows what the workspace keeps, page by page, and deletes a file of it', async () => {
    await using world = await createWorld(withFolders)
    const name = '<img src=x> & "dog".png'
    await world.alice.uploads('cat.png', onePixel, { subfolder: 'below' })
    await world.bob.uploads('foreign.png', onePixel)
    const output = join(world.practice.baseDirectory, 'output', world.alice.folderKey)
    mkdirSync(output, { recursive: true })
    for (let index = 0; index < 50; index += 1) writeFileSync(join(output, `made-${index}.png`), onePixel)
    writeFileSync(join(output, name), new Uint8Array(1_536))
    const page = await signedIn(world)
    await page.getByText(`1 file uploaded (${onePixel.length} B), 51 files made`).waitFor()
    await page.getByText('What was made').click()
    await page.getByRole('link', { name }).waitFor()
    expect(await page.getByRole('button', { name: /^Delete / }).count()).toBe(50)
    await page.getByRole('button', { name: 'Show more' }).click()
    await page.getByRole('button', { name: 'Show more' }).waitFor({ state: 'detached' })
    expect(await page.getByRole('button', { name: /^Delete / }).count()).toBe(51)
    await page.getByRole('button', { name: `Delete ${name}` }).click()
    expect(existsSync(join(output, name))).toBe(true)
    await page.getByRole('button', { name: `Really Delete ${name}` }).click()
    await page.getByText('50 files made').waitFor()
    expect(existsSync(join(output, name))).toBe(false)
    await page.getByText('What was uploaded').click()
    const link = page.getByRole('link', { name: 'below/cat.png' })
    const answer = await world.alice.fetch((await link.getAttribute('href')) ?? '')
    expect(Buffer.from(await answer.arrayBuffer()).equals(onePixel)).toBe(true)
    expect(await page.getByText('foreign.png').count()).toBe(0)
  })

  it('says whom to ask where nobody gave Gatehouse a way to the disk', async () => {
    await using world = await createWorld()
    const page = await signedIn(world)
    await page.getByText('Ask the operator to name files.input_dir').waitFor()
    expect(await page.getByText('What was made').count()).toBe(0)
    expect((await page.getByRole('alert').allTextContents()).join('')).toBe('')
  })
})
