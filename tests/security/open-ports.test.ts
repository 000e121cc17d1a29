/** The login is worth nothing where ComfyUI's own port answers strangers: the sidecar looks, as a stranger would. */
import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { findOpenPorts } from '../../sidecar/src/proxy/find-open-ports.ts'
import { startPracticeComfyui } from '../practice-comfyui/start.ts'

const outward = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address

describe('the look for ways around the door', () => {
  it('finds an unguarded ComfyUI on this machine', async () => {
    await using practice = await startPracticeComfyui()
    expect(await findOpenPorts(new URL(practice.url))).toEqual([
      { address: `127.0.0.1:${practice.port}`, isExposed: false },
    ])
  })

  it('finds nothing where the guard demands its secret', async () => {
    await using practice = await startPracticeComfyui({ guardSecret: 'f'.repeat(64) })
    expect(await findOpenPorts(new URL(practice.url))).toEqual([])
  })

  it('finds nothing where nothing listens', async () => {
    expect(await findOpenPorts(new URL('http://127.0.0.1:9'))).toEqual([])
  })

  it.skipIf(outward === undefined)(
    'tells a ComfyUI that other machines reach from one that only this machine does',
    async () => {
      await using practice = await startPracticeComfyui({ host: '0.0.0.0' })
      expect(await findOpenPorts(new URL(`http://127.0.0.1:${practice.port}`))).toContainEqual({
        address: `${outward}:${practice.port}`,
        isExposed: true,
      })
    },
  )
})
