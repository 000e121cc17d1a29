/** Does opening the stock UI get faster (target 6)? Requests, bytes and time to ready, direct and through Gatehouse. */
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { until } from '../support/person.ts'
import { startRealComfyui } from '../support/real-comfyui.ts'
import { benchUser, type Door, startGatehouse } from './doors.ts'
import { median } from './load.ts'
import type { Row } from './report.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 3)
/** Requests count until the page has been quiet for a moment after it was ready. */
const settleMs = 4_000

interface Opened {
  readonly requests: number
  readonly megabytes: number
  readonly readyMs: number
}

interface Line {
  readonly latency: number
  /** Bytes per second. */
  readonly downloadThroughput: number
  readonly uploadThroughput: number
}

const slowLine: Line = {
  latency: 40,
  downloadThroughput: (20 * 1024 * 1024) / 8,
  uploadThroughput: (20 * 1024 * 1024) / 8,
}

/** The listings alone take seconds; the page takes minutes. */
export async function listingsAlone(): Promise<readonly Row[]> {
  await using comfyui = await startRealComfyui()
  await using gatehouse = await startGatehouse(comfyui.url)
  return await listingRows(comfyui.url, gatehouse)
}

export async function stockUiRows(): Promise<readonly Row[]> {
  await using comfyui = await startRealComfyui()
  await using gatehouse = await startGatehouse(comfyui.url)
  const browser = await launchChromium()
  try {
    const fast = await compare(browser, comfyui.url, gatehouse, undefined)
    const slow = await compare(browser, comfyui.url, gatehouse, slowLine)
    return [...uiRows(fast, slow), ...(await listingRows(comfyui.url, gatehouse))]
  } finally {
    await browser.close()
  }
}

interface Compared {
  readonly direct: { readonly cold: Opened; readonly warm: Opened }
  readonly gatehouse: { readonly cold: Opened; readonly warm: Opened }
}

function uiRows(fast: Compared, slow: Compared): readonly Row[] {
  return [
    { what: 'first load through Gatehouse: MB', value: fast.gatehouse.cold.megabytes, must: '<= 6', excellent: '<= 5' },
    { what: 'first load direct: MB', value: fast.direct.cold.megabytes, must: '>= 0', excellent: '>= 0' },
    {
      what: 'first load through Gatehouse: requests',
      value: fast.gatehouse.cold.requests,
      must: '<= 170',
      excellent: '<= 160',
    },
    {
      what: 'second load through Gatehouse: MB',
      value: fast.gatehouse.warm.megabytes,
      must: '<= 1',
      excellent: '<= 0.5',
    },
    {
      what: 'time to ready on loopback, of direct (first load)',
      value: fast.gatehouse.cold.readyMs / fast.direct.cold.readyMs,
      must: '<= 1.05',
      excellent: '<= 0.95',
    },
    {
      what: 'time to ready on loopback, of direct (second load)',
      value: fast.gatehouse.warm.readyMs / fast.direct.warm.readyMs,
      must: '<= 1.05',
      excellent: '<= 0.95',
    },
    {
      what: 'time to ready at 20 Mbit/s and 40 ms, of direct (first load)',
      value: slow.gatehouse.cold.readyMs / slow.direct.cold.readyMs,
      must: '<= 0.50',
      excellent: '<= 0.40',
    },
    {
      what: 'time to ready at 20 Mbit/s and 40 ms, of direct (second load)',
      value: slow.gatehouse.warm.readyMs / slow.direct.warm.readyMs,
      must: '<= 0.50',
      excellent: '<= 0.30',
    },
  ]
}

async function compare(
  browser: Browser,
  directUrl: string,
  gatehouse: Door,
  line: Line | undefined,
): Promise<Compared> {
  const direct: { cold: Opened; warm: Opened }[] = []
  const through: { cold: Opened; warm: Opened }[] = []
  for (let round = 0; round < rounds; round += 1) {
    direct.push(await openTwice(browser, directUrl, line, async () => undefined))
    through.push(await openTwice(browser, gatehouse.url, line, (page) => logIn(page, gatehouse.url)))
  }
  return { direct: middle(direct), gatehouse: middle(through) }
}

function middle(runs: readonly { readonly cold: Opened; readonly warm: Opened }[]): { cold: Opened; warm: Opened } {
  const of = (load: 'cold' | 'warm'): Opened => ({
    requests: median(runs.map((run) => run[load].requests)),
    megabytes: median(runs.map((run) => run[load].megabytes)),
    readyMs: median(runs.map((run) => run[load].readyMs)),
  })
  return { cold: of('cold'), warm: of('warm') }
}

/** A new profile each time; the second load is a reload in the same one. */
async function openTwice(
  browser: Browser,
  url: string,
  line: Line | undefined,
  prepare: (page: Page) => Promise<void>,
) {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await prepare(page)
    const session = await watch(context, page, line)
    const cold = await open(page, session, () => page.goto(url, { waitUntil: 'commit' }))
    const warm = await open(page, session, () => page.goto(url, { waitUntil: 'commit' }))
    return { cold, warm }
  } finally {
    await context.close()
  }
}

interface Watched {
  readonly session: CDPSession
  readonly count: { requests: number; bytes: number }
}

async function watch(context: BrowserContext, page: Page, line: Line | undefined): Promise<Watched> {
  const session = await context.newCDPSession(page)
  const count = { requests: 0, bytes: 0 }
  const own = new Set<string>()
  await session.send('Network.enable')
  if (line !== undefined) await session.send('Network.emulateNetworkConditions', { offline: false, ...line })
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (!request.url.startsWith('http://127.0.0.1')) return
    own.add(requestId)
    count.requests += 1
  })
  session.on('Network.requestServedFromCache', ({ requestId }) => {
    if (own.has(requestId)) count.requests -= 1
  })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (own.has(requestId)) count.bytes += encodedDataLength
  })
  return { session, count }
}

async function open(page: Page, { count }: Watched, go: () => Promise<unknown>): Promise<Opened> {
  count.requests = 0
  count.bytes = 0
  const startedMs = performance.now()
  await go()
  await page.waitForFunction(() => 'app' in window && document.querySelector('#splash-loader') === null, undefined, {
    timeout: 120_000,
  })
  const readyMs = performance.now() - startedMs
  await page.waitForTimeout(settleMs)
  return { requests: count.requests, megabytes: count.bytes / 1024 ** 2, readyMs }
}

async function logIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/login`)
  const status = await page.evaluate(async (user) => {
    const answer = await fetch('/gatehouse/api/v1/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(user),
    })
    return answer.status
  }, benchUser)
  if (status !== 200) throw new Error(`the bench user could not log in: ${status}`)
}

/** A sidecar that has been up for a while, not one that has just compiled its first request. */
const warmUpCount = 200
const listingRounds = 7
const perRound = 40

/** Listings that a cache or the ledger answers may not be slower than ComfyUI's own; after some jobs, as in use. */
async function listingRows(directUrl: string, gatehouse: Door): Promise<readonly Row[]> {
  await runJobs(gatehouse, jobCount)
  const rows: Row[] = []
  for (const path of ['/object_info', '/history', '/queue', '/api/jobs']) {
    const warmUps = path === '/object_info' ? 5 : warmUpCount
    const rounds = path === '/object_info' ? 5 : perRound
    await times(`${gatehouse.url}${path}`, gatehouse.headers, warmUps)
    const ratios: number[] = []
    for (let round = 0; round < listingRounds; round += 1) {
      const direct = median(await times(`${directUrl}${path}`, {}, rounds))
      const through = median(await times(`${gatehouse.url}${path}`, gatehouse.headers, rounds))
      ratios.push(through / direct)
    }
    rows.push({ what: `${path}: time of direct`, value: median(ratios), must: '<= 1.20', excellent: '<= 1' })
  }
  return rows
}

const jobCount = 30

/** The same jobs are in ComfyUI's history and in the ledger. */
async function runJobs(gatehouse: Door, count: number): Promise<void> {
  const graph = (color: number) => ({
    '1': { class_type: 'EmptyImage', inputs: { width: 8, height: 8, batch_size: 1, color } },
    '2': { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
  })
  const headers = { ...gatehouse.headers, 'content-type': 'application/json' }
  for (let color = 0; color < count; color += 1) {
    await fetch(`${gatehouse.url}/prompt`, { method: 'POST', headers, body: JSON.stringify({ prompt: graph(color) }) })
  }
  await until(async () => {
    const answer = await fetch(`${gatehouse.url}/prompt`, { headers: gatehouse.headers })
    return (await answer.text()).includes('"queue_remaining":0') ? true : undefined
  })
}

/** Milliseconds of each of `count` requests, one after the other. */
async function times(
  url: string,
  headers: Readonly<Record<string, string>>,
  count: number,
): Promise<readonly number[]> {
  const measured: number[] = []
  for (let round = 0; round < count; round += 1) {
    const startedMs = performance.now()
    await (await fetch(url, { headers })).arrayBuffer()
    measured.push(performance.now() - startedMs)
  }
  return measured
}
