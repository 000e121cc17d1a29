/** Which classes does the property need beside the practice ones? A model loader, and one whose instances remember. */
import type { AddedClass } from '../practice-comfyui/nodes/catalogue.ts'
import { dict } from '../practice-comfyui/python/values.ts'

export const modelName = 'everybodys.safetensors'

function classInfo(name: string, module: string, required: Readonly<Record<string, readonly unknown[]>>) {
  return {
    ...{ input_order: { required: Object.keys(required) }, is_input_list: false },
    ...{ name, display_name: name, description: '', python_module: module, category: 'property' },
    ...{ has_intermediate_output: false, search_aliases: [] },
  }
}

/** Counts in its instance, as nodes of packs with a state do: the second run of the same node in a row says 2. */
const counter: AddedClass = {
  info: {
    ...classInfo('PracticeCounter', 'custom_nodes.practice-pack', { seed: [] }),
    input: { required: { seed: ['INT', { default: 0, min: 0, max: 1_000_000 }] } },
    ...{ output: ['STRING'], output_is_list: [false], output_name: ['STRING'], output_node: true },
  },
  behaviour: {
    run: (_inputs, _context, instance) => {
      const count = String(Number(instance.get('count') ?? '0') + 1)
      instance.set('count', count)
      return { outputs: [count], ui: dict({ text: [count] }) }
    },
  },
}

/** A core loader: without salt, so that a model stays loaded for everybody. */
const loader: AddedClass = {
  info: {
    ...classInfo('UpscaleModelLoader', 'comfy_extras.nodes_upscale_model', { model_name: [] }),
    input: { required: { model_name: ['COMBO', { multiselect: false, options: [modelName] }] } },
    ...{ output: ['UPSCALE_MODEL'], output_is_list: [false], output_name: ['UPSCALE_MODEL'], output_node: false },
  },
  // Where a job is held must not depend on whether the model is loaded.
  behaviour: { isNeverHeld: true, run: (inputs) => ({ outputs: [`the model in ${inputs.text('model_name')}`] }) },
}

export const extraClasses = { PracticeCounter: counter, UpscaleModelLoader: loader } as const

/** What the operator of the property's world admits. */
export const admitted: readonly string[] = ['PracticeCounter', 'PracticeSteps']
