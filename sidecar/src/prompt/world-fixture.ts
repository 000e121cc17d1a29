/** In which world are prompts judged in tests? One tenant, and a ComfyUI with the classes of the catalogue and one pack. */

import type { FolderKey } from '@gatehouse/shared/ids'
import type { JsonObject } from '@gatehouse/shared/json'
import { rolePermissions } from '@gatehouse/shared/roles'
import { coreClasses } from './catalogue/core-classes.ts'
import { defaultGraphLimits, type NormaliseContext } from './contract.ts'
import { parseRoleRules } from './role-rules.ts'

/** A folder key, from a text of tests. */
function parseFolderKey(text: string): FolderKey {
  return text as FolderKey
}

const showsSomething = /^(?:Save|Preview|MaskPreview$)/

const outputTypes: Readonly<Record<string, readonly string[]>> = {
  PrimitiveString: ['STRING'],
  StringConcatenate: ['STRING'],
  Load3D: ['IMAGE', 'MASK', 'STRING', 'IMAGE', 'LOAD3D_CAMERA', 'VIDEO', 'FILE_3D', 'LOAD3D_MODEL_INFO'],
}

const packs: Readonly<Record<string, JsonObject>> = {
  PackNode: {
    python_module: 'custom_nodes.some-pack',
    output_node: true,
    input: {
      required: {
        picture: [['a.png'], { image_upload: true }],
        remote: ['COMBO', { remote: { route: '/internal/files/input' } }],
        filename_prefix: ['STRING', {}],
        notes: ['STRING', {}],
      },
    },
  },
  // A pack that takes over the name of a core class.
  ImageInvert: { python_module: 'custom_nodes.some-pack' },
}

const classes = new Map<string, JsonObject>([
  ...[...coreClasses.keys()].map((name): [string, JsonObject] => [
    name,
    { python_module: 'nodes', output_node: showsSomething.test(name), output: outputTypes[name] ?? [] },
  ]),
  ...Object.entries(packs),
])
// ComfyUI 0.33.0 replaces this class of 0.3.64 by another behind the proxy.
classes.delete('Load3DAnimation')

export const key = parseFolderKey('k3f9a0b1c2d3e4f5g6h7')

export const world: NormaliseContext = {
  folderKey: key,
  salt: 'salt-of-acme',
  nodePrefix: 'k3f-',
  objectInfo: { version: '1', classes },
  admitted: [],
  refused: [],
  codeAllowed: new Set(),
  role: 'user',
  forRole: parseRoleRules(),
  permissions: rolePermissions.user,
  limits: defaultGraphLimits,
  allowPickles: [],
  embeddings: [],
  tempNames: new Map([
    ['preview_1.png', 'ComfyUI_temp_abcde_00001_.png'],
    ['threed/scene.png', 'k3f9a0b1c2d3e4f5g6h7/threed/scene.png'],
  ]),
}
