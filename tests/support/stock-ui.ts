/** How does a test use the stock ComfyUI frontend as a person does? The page, its buttons and panels, and what they show. */
import type { FileChooser, Page } from 'playwright-core'
import type { Graph } from './person.ts'
import { createPanels, type Panels } from './stock-ui-panels.ts'

export interface StockUi extends Panels {
  readonly page: Page
  /** Waits until the UI can be used: `window.app` is set and the splash screen gone. */
  isReady(): Promise<void>
  /** Opens `graph` in a tab called `name`, as dropping an API file on the canvas does. */
  opensGraph(name: string, graph: Graph): Promise<void>
  /** The open graph as the UI would send it. */
  readsGraph(): Promise<Graph>
  /** Presses the Run button; gives the id of the job. */
  runs(): Promise<string>
  /** Waits until as many nodes show a loaded picture; gives the colour of each one's first pixel as 0xRRGGBB. */
  showsPictures(count: number): Promise<readonly number[]>
  /** Saves under a new name with Ctrl+S and the dialog; gives the status of the answer. */
  savesAs(name: string): Promise<number>
  /** The same without waiting for an answer. */
  pressesSave(name: string): Promise<void>
  opensPanel(panel: Panel): Promise<void>
  /** Waits until the button of the queue panel counts so many jobs. */
  countsActive(jobs: number): Promise<void>
  /** Presses the upload button of the only LoadImage and chooses a file; resolves when the server answered. */
  uploads(file: { readonly name: string; readonly bytes: Uint8Array }): Promise<number>
  /** What the only LoadImage offers to choose from. */
  readsImageChoices(): Promise<readonly string[]>
  /** Path of every open tab. */
  readsTabs(): Promise<readonly string[]>
}

type Panel = 'Signed in as'

const patienceMs = 60_000
const pollMs = 50

/** Text of the page's own scripts, because their objects have no types here (frontend 1.49.6). */
const nodesWithPictures = `window.app.graph.nodes.filter((node) => node.imgs?.[0]?.naturalWidth > 0)`
const loadImage = `window.app.graph.nodes.find((node) => node.type === 'LoadImage')`

const readFirstPixels = `${nodesWithPictures}.map((node) => {
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  context.drawImage(node.imgs[0], 0, 0)
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data
  return red * 65536 + green * 256 + blue
})`

const pressPatienceMs = 5_000
const presses = 6

/** A press is lost while the canvas is still busy with the graph it has just opened: it is pressed again. */
async function pressUntilChooserOpens(page: Page): Promise<FileChooser> {
  for (let press = 1; ; press += 1) {
    const { x, y } = parsePoint(await page.evaluate(findUploadButton))
    const opened = page.waitForEvent('filechooser', { timeout: pressPatienceMs })
    await page.mouse.click(x, y)
    try {
      return await opened
    } catch (cause) {
      if (press === presses) throw cause
    }
  }
}

/** Middle of the upload button in the coordinates of the window: LiteGraph draws it on the canvas. */
const findUploadButton = `(() => {
  const node = ${loadImage}
  const widget = node.widgets.find((one) => one.name === 'upload')
  const place = window.app.canvas.ds.convertOffsetToCanvas([node.pos[0] + node.size[0] / 2, node.pos[1] + widget.y + 10])
  const frame = window.app.canvas.canvas.getBoundingClientRect()
  return { x: Math.round(frame.left + place[0]), y: Math.round(frame.top + place[1]), isDrawn: widget.y > 0 }
})()`

/** Brings the button into view and tells whether it stays there: a graph that was just opened still moves. */
const uploadButtonIsStill = `(async () => {
  window.app.canvas.centerOnNode(${loadImage})
  const first = ${findUploadButton}
  for (let frame = 0; frame < 10; frame += 1) await new Promise(requestAnimationFrame)
  const { x, y, isDrawn } = ${findUploadButton}
  return isDrawn && x === first.x && y === first.y && document.elementFromPoint(x, y) === window.app.canvas.canvas
})()`

export function createStockUi(page: Page): StockUi {
  const answerTo = (method: string, part: string) =>
    page.waitForResponse((response) => response.request().method() === method && response.url().includes(part))
  return {
    page,
    ...createPanels(page),
    isReady: async () => {
      await becomesTrue(page, 'window.app !== undefined && document.getElementById("splash-loader") === null')
      await page.getByTestId('queue-button').waitFor()
    },
    opensGraph: async (name, graph) => {
      await page.evaluate(`window.app.loadApiJson(${JSON.stringify(graph)}, ${JSON.stringify(`${name}.json`)})`)
      await becomesTrue(page, `window.app.extensionManager.workflow.activeWorkflow.filename === ${quoted(name)}`)
    },
    readsGraph: async () => parseGraph(await page.evaluate('window.app.graphToPrompt().then(({ output }) => output)')),
    runs: async () => {
      const answer = answerTo('POST', '/api/prompt')
      await page.getByTestId('queue-button').click()
      return parsePromptId(await (await answer).json())
    },
    showsPictures: async (count) => {
      await becomesTrue(page, `${nodesWithPictures}.length === ${count}`)
      return parseNumbers(await page.evaluate(readFirstPixels))
    },
    savesAs: async (name) => {
      const answer = answerTo('POST', '/api/userdata/workflows')
      await pressSave(page, name)
      return (await answer).status()
    },
    pressesSave: (name) => pressSave(page, name),
    opensPanel: (panel) => page.getByRole('button', { name: new RegExp(`^${panel}`) }).click(),
    countsActive: async (jobs) => {
      await page.getByTestId('queue-overlay-toggle').getByText(`${jobs} active`).waitFor()
    },
    uploads: async (file) => {
      await becomesTrue(page, uploadButtonIsStill)
      const chooser = await pressUntilChooserOpens(page)
      const answer = answerTo('POST', '/api/upload/image')
      await chooser.setFiles({ name: file.name, mimeType: 'image/png', buffer: Buffer.from(file.bytes) })
      return (await answer).status()
    },
    readsImageChoices: async () =>
      parseTexts(await page.evaluate(`[...${loadImage}.widgets.find((one) => one.name === 'image').options.values]`)),
    readsTabs: async () =>
      parseTexts(await page.evaluate('window.app.extensionManager.workflow.openWorkflows.map((one) => one.path)')),
  }
}

async function pressSave(page: Page, name: string): Promise<void> {
  await page.locator('#graph-canvas').focus()
  await page.keyboard.press('Control+s')
  const dialog = page.getByRole('dialog', { name: 'Save workflow' })
  await dialog.getByRole('textbox').fill(name)
  await dialog.getByRole('button', { name: 'Confirm' }).click()
}

/** Asks the page until `expression` is true; unlike waitForFunction it needs no `unsafe-eval` and outlives a navigation. */
export async function becomesTrue(page: Page, expression: string): Promise<void> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const answer = await page.evaluate(`Promise.resolve(${expression}).then(Boolean)`).catch((error: unknown) => error)
    if (answer === true) return
    if (Date.now() > deadline || page.isClosed()) throw new Error(`never true: ${expression} (last: ${String(answer)})`)
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

function quoted(text: string): string {
  return JSON.stringify(text)
}

function parsePromptId(body: unknown): string {
  const id: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'prompt_id') : undefined
  if (typeof id !== 'string') throw new TypeError(`the graph was not queued: ${JSON.stringify(body)}`)
  return id
}

function parseGraph(value: unknown): Graph {
  if (typeof value !== 'object' || value === null) throw new TypeError('the page gave no graph')
  return value as Graph
}

function parseNumbers(value: unknown): readonly number[] {
  if (!Array.isArray(value)) throw new TypeError('the page gave no numbers')
  return value.map(Number)
}

function parseTexts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError('the page gave no list')
  return value.map(String)
}

function parsePoint(value: unknown): { readonly x: number; readonly y: number } {
  if (typeof value !== 'object' || value === null || !('x' in value && 'y' in value)) {
    throw new TypeError('the page gave no point')
  }
  return { x: Number(value.x), y: Number(value.y) }
}
