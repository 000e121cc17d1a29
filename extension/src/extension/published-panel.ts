/** How does somebody run who may edit no graph? A list of published workflows, and a form of what is open in one. */
import type { OpenInput, PublishedSummary } from '@gatehouse/shared/workflows-contract'
import type { ComfyPage } from './comfy-page.ts'
import {
  findPublished,
  listPublished,
  type PublishedWorkflow,
  runPublished,
  type Value,
  withValues,
} from './published-client.ts'

export interface PublishedPanel {
  render(place: HTMLElement): void
}

const boxStyle =
  'display:block;width:100%;box-sizing:border-box;margin:0 0 .75rem;padding:.5rem .7rem;border:1px solid var(--border-color,#4e4e4e);' +
  'border-radius:.5rem;background:var(--comfy-input-bg,#222);color:var(--input-text,#ddd);font:inherit'

/** Names and texts come from people: they are only ever set as text. */
export function createPublishedPanel(page: ComfyPage): PublishedPanel {
  return {
    render: (place) => {
      const panel = element('section', '', 'padding:1rem;color:var(--fg-color,#fff);font-size:.9rem;line-height:1.5')
      panel.setAttribute('aria-label', 'Published workflows')
      place.replaceChildren(panel)
      void showList(page, panel)
    },
  }
}

async function showList(page: ComfyPage, panel: HTMLElement): Promise<void> {
  const all = await listPublished().catch((): readonly PublishedSummary[] => [])
  const heading = element('h3', 'Published workflows', 'margin:0 0 1rem;font-size:1.05rem;font-weight:600')
  const none = element('p', 'Nothing is published for you yet. Ask an administrator.', 'margin:0')
  const buttons = all.map((one) => button(one.name, () => void showOne(page, panel, one)))
  panel.replaceChildren(heading, ...(buttons.length === 0 ? [none] : buttons))
}

async function showOne(page: ComfyPage, panel: HTMLElement, summary: PublishedSummary): Promise<void> {
  const published = await findPublished(summary).catch(() => undefined)
  if (published === undefined) return showList(page, panel)
  openOnCanvas(page, published)
  const status = element('p', '', 'margin:.75rem 0 0;overflow-wrap:anywhere')
  status.setAttribute('role', 'status')
  const fields = published.open.flatMap((open) => fieldOf(published, open) ?? [])
  const run = button('Run', () => void runWith(page, published, fields, status))
  run.style.fontWeight = '600'
  panel.replaceChildren(
    element('h3', published.name, 'margin:0 0 1rem;font-size:1.05rem;font-weight:600;overflow-wrap:anywhere'),
    ...fields.map(({ label }) => label),
    run,
    button('Back to the list', () => void showList(page, panel)),
    status,
  )
}

async function runWith(
  { api }: ComfyPage,
  { prompt }: PublishedWorkflow,
  fields: readonly Field[],
  status: HTMLElement,
): Promise<void> {
  status.textContent = 'Queueing'
  const values = fields.map(({ open, read }) => ({ ...open, value: read() }))
  const refusal = await runPublished(withValues(prompt, values), api.clientId).catch(
    () => 'The server does not answer.',
  )
  status.textContent = refusal ?? 'Queued. Its pictures come to Assets.'
}

function openOnCanvas({ app }: ComfyPage, { name, prompt, workflow }: PublishedWorkflow): void {
  if (workflow !== null && app.loadGraphData !== undefined) void app.loadGraphData(workflow, true, true, name)
  else app.loadApiJson?.(prompt, `${name}.json`)
}

interface Field {
  readonly open: OpenInput
  readonly label: HTMLElement
  readonly read: () => Value
}

/** undefined for what is neither a text, a number nor a switch: it runs as it was published. */
function fieldOf({ prompt }: PublishedWorkflow, open: OpenInput): Field | undefined {
  const node = prompt[open.node]
  const value = node?.inputs[open.input]
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined
  const label = element(
    'label',
    `${node?._meta?.title ?? node?.class_type ?? open.node}: ${open.input}`,
    'display:block',
  )
  const box = boxFor(value)
  label.append(box)
  return { open, label, read: () => readBox(box, value) }
}

function boxFor(value: Value): HTMLInputElement | HTMLTextAreaElement {
  const box = document.createElement(typeof value === 'string' ? 'textarea' : 'input')
  box.style.cssText = boxStyle
  if (box instanceof HTMLInputElement) {
    box.type = typeof value === 'boolean' ? 'checkbox' : 'number'
    box.step = 'any'
    box.checked = value === true
  }
  if (typeof value !== 'boolean') box.value = String(value)
  // The page takes every key for one of its shortcuts.
  box.addEventListener('keydown', (event) => event.stopPropagation())
  return box
}

function readBox(box: HTMLInputElement | HTMLTextAreaElement, value: Value): Value {
  if (typeof value === 'string') return box.value
  if (typeof value === 'boolean') return box instanceof HTMLInputElement && box.checked
  return box.value.trim() === '' ? value : Number(box.value)
}

function element(name: 'h3' | 'p' | 'section' | 'label', text: string, style: string): HTMLElement {
  const made = document.createElement(name)
  made.textContent = text
  made.style.cssText = style
  return made
}

function button(label: string, run: () => void): HTMLElement {
  const made = document.createElement('button')
  made.type = 'button'
  made.style.cssText = `${boxStyle};text-align:left;cursor:pointer`
  made.textContent = label
  made.addEventListener('click', run)
  return made
}
