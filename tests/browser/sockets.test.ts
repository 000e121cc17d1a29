import type { Page } from 'playwright-core'
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

/** The reconnecting socket of the stock UI (frontend 1.49.6, scripts/api.ts createSocket), reduced to its loop. */
const stockLoop = `
  window.log = []
  window.connect = () => {
    const socket = new WebSocket(location.origin.replace('http', 'ws') + '/ws')
    socket.binaryType = 'arraybuffer'
    window.socket = socket
    window.log.push('dial')
    socket.addEventListener('open', () => window.log.push('open'))
    socket.addEventListener('error', () => window.log.push('error'))
    socket.addEventListener('close', () => { window.log.push('close'); setTimeout(window.connect, 30) })
    socket.addEventListener('message', (event) => window.log.push(typeof event.data === 'string' ? JSON.parse(event.data).type : 'binary'))
  }
  window.connect()
  undefined`

const heard = (page: Page, entries: readonly string[]) =>
  page.waitForFunction((wanted) => JSON.stringify(Reflect.get(window, 'log')) === JSON.stringify(wanted), entries)

const overlay = (page: Page) => page.getByRole('dialog')

describe('a socket of the own host', () => {
  it('names the page in its address and behaves like a native one', async () => {
    const page = await scene.openGraph('alice')
    const found = await page.evaluate(async () => {
      const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws?clientId=1`)
      const states = [socket.readyState]
      const hello = await new Promise<string>((resolve) => {
        socket.onmessage = ({ data }) => resolve(String(data))
      })
      states.push(socket.readyState)
      socket.binaryType = 'arraybuffer'
      const echo = new Promise<unknown>((resolve) => {
        socket.onmessage = ({ data }) => resolve(data instanceof ArrayBuffer ? new Uint8Array(data)[0] : data)
      })
      socket.send(new Uint8Array([7]))
      const byte = await echo
      const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener('close', resolve))
      socket.close(4000, 'enough')
      states.push(socket.readyState)
      const { code, reason, wasClean } = await closed
      states.push(socket.readyState)
      const { url } = socket
      return {
        hello,
        states,
        byte,
        close: { code, reason, wasClean },
        url,
        isInstance: socket instanceof WebSocket,
        constants: [WebSocket.CONNECTING, WebSocket.OPEN, socket.CLOSING, socket.CLOSED],
        tag: String(socket),
      }
    })
    expect(JSON.parse(found.hello).data).toEqual({ user: 'alice', path: '/ws?clientId=1&gatehouse_page=page-of-alice' })
    expect(found).toMatchObject({
      states: [0, 1, 2, 3],
      byte: 7,
      close: { code: 4000, reason: 'enough', wasClean: true },
      url: `${scene.server.origin.replace('http', 'ws')}/ws?clientId=1`,
      isInstance: true,
      constants: [0, 1, 2, 3],
      tag: '[object WebSocket]',
    })
  })

  it('throws for wrong arguments where the page made them', async () => {
    const page = await scene.openGraph('alice')
    const names = await page.evaluate(() =>
      [
        () => new WebSocket('ws://['),
        () => new WebSocket('/ws', 'bad protocol'),
        () => new WebSocket('/ws').send('early'),
      ].map((make) => {
        try {
          make()
          return 'nothing'
        } catch (error) {
          return error instanceof Error ? error.name : 'other'
        }
      }),
    )
    expect(names).toEqual(['SyntaxError', 'SyntaxError', 'InvalidStateError'])
  })

  it('waits for the login when the session ends, instead of dialling for ever', async () => {
    const page = await scene.openGraph('alice')
    await page.evaluate(stockLoop)
    await heard(page, ['dial', 'open', 'hello'])
    scene.server.endSessions()
    for (const socket of scene.server.sockets) socket.close(1008)
    await overlay(page).waitFor()
    await heard(page, ['dial', 'open', 'hello', 'close', 'dial'])
    await overlay(page).getByLabel('Password').fill(passwordOf('alice'))
    await overlay(page).getByRole('button', { name: 'Sign in' }).click()
    await heard(page, ['dial', 'open', 'hello', 'close', 'dial', 'open', 'hello'])
  })

  it('does not fail its first handshake because of a missing login', async () => {
    const page = await scene.openGraph('alice')
    scene.server.endSessions()
    await page.evaluate(stockLoop)
    await overlay(page).waitFor()
    await heard(page, ['dial'])
    await overlay(page).getByLabel('Password').fill(passwordOf('alice'))
    await page.keyboard.press('Enter')
    await heard(page, ['dial', 'open', 'hello'])
  })

  it('can be closed while it waits for a login', async () => {
    const page = await scene.openGraph('alice')
    scene.server.endSessions()
    await page.evaluate(stockLoop)
    await overlay(page).waitFor()
    await page.evaluate(`window.connect = () => {}; window.socket.close(); undefined`)
    await heard(page, ['dial', 'error', 'close'])
    expect(await page.evaluate('window.socket.readyState')).toBe(3)
  })

  it('fails like a native one when the server is gone', async () => {
    const page = await scene.openGraph('alice')
    await page.route('**/gatehouse/api/v1/me', (route) => route.abort())
    scene.server.endSessions()
    await page.evaluate(`window.stop = true; ${stockLoop.replace('setTimeout(window.connect, 30)', '')}`)
    await heard(page, ['dial', 'error', 'close'])
    expect(await overlay(page).count()).toBe(0)
  })

  it('tells queue listeners of the page what the sidecar sends them', async () => {
    const page = await scene.openGraph('alice')
    await page.evaluate(
      `${stockLoop.replace('undefined', '')}; window.heard = []; window.gatehouse.onQueue((data) => window.heard.push(data)); undefined`,
    )
    await heard(page, ['dial', 'open', 'hello'])
    const position = { pending: 2, running: 1, ahead: 3 }
    for (const socket of scene.server.sockets) socket.send(JSON.stringify({ type: 'gatehouse_queue', data: position }))
    await heard(page, ['dial', 'open', 'hello', 'gatehouse_queue'])
    expect(await page.evaluate('window.heard')).toEqual([position])
  })
})
