/** Which third-party clients run through Gatehouse in tests, at which version, and with which carrier? */

export interface Pin {
  readonly registry: 'PyPI' | 'npm'
  readonly name: string
  readonly version: string
}

export type Carrier = 'Bearer' | 'X-API-Key' | 'Basic' | '?token=' | 'cookie'

export interface ClientRun {
  readonly pin: Pin
  readonly carrier: Carrier
  /** The file in `programs/` that uses the package as its own documents say. */
  readonly program: string
  /** Told to a program that knows more than one way. */
  readonly way?: string
}

const saintno: Pin = { registry: 'npm', name: '@saintno/comfyui-sdk', version: '0.3.1' }
const comfykit: Pin = { registry: 'PyPI', name: 'comfykit', version: '0.1.12' }

export const clientRuns: readonly ClientRun[] = [
  { pin: saintno, carrier: 'Bearer', program: 'saintno_comfyui_sdk.mjs', way: 'bearer' },
  { pin: saintno, carrier: 'X-API-Key', program: 'saintno_comfyui_sdk.mjs', way: 'custom' },
  {
    pin: { registry: 'npm', name: '@stable-canvas/comfyui-client', version: '1.5.9' },
    carrier: '?token=',
    program: 'stable_canvas_comfyui_client.mjs',
  },
  {
    pin: { registry: 'PyPI', name: 'comfy-api-simplified', version: '1.6.0' },
    carrier: 'Basic',
    program: 'use_comfy_api_simplified.py',
  },
  {
    pin: { registry: 'PyPI', name: 'comfy-catapult', version: '3.0.0' },
    carrier: 'Basic',
    program: 'use_comfy_catapult.py',
  },
  {
    pin: { registry: 'PyPI', name: 'comfyui-utils', version: '0.0.1' },
    carrier: 'Basic',
    program: 'use_comfyui_utils.py',
  },
  {
    pin: { registry: 'PyPI', name: 'comfyui-workflow-client', version: '0.1.0' },
    carrier: 'Basic',
    program: 'use_comfyui_workflow_client.py',
  },
  { pin: { registry: 'PyPI', name: 'comfyui-xy', version: '0.3.0' }, carrier: 'Basic', program: 'use_comfyui_xy.py' },
  { pin: comfykit, carrier: 'Bearer', program: 'use_comfykit.py', way: 'api_key' },
  { pin: comfykit, carrier: 'Basic', program: 'use_comfykit.py', way: 'address' },
  { pin: comfykit, carrier: 'cookie', program: 'use_comfykit.py', way: 'cookies' },
]
