/** Which prompts are judged in the bench? Graphs of classes that need no model, with the workflow that the page sends along. */

const nodesPerBlock = 10

interface Node {
  readonly class_type: string
  readonly inputs: Readonly<Record<string, unknown>>
  readonly _meta: { readonly title: string }
}

function block(at: number, words: string): Readonly<Record<string, Node>> {
  const id = (node: number) => `${at * nodesPerBlock + node}`
  const node = (class_type: string, inputs: Node['inputs']): Node => ({
    class_type,
    inputs,
    _meta: { title: class_type },
  })
  return {
    [id(0)]: node('PrimitiveInt', { value: 512 }),
    [id(1)]: node('EmptyImage', { width: [id(0), 0], height: 512, batch_size: 1, color: at }),
    [id(2)]: node('ImageScale', { image: [id(1), 0], upscale_method: 'area', width: 768, height: 0, crop: 'disabled' }),
    [id(3)]: node('ImageInvert', { image: [id(2), 0] }),
    [id(4)]: node('ImageBatch', { image1: [id(2), 0], image2: [id(3), 0] }),
    [id(5)]: node('GetImageSize', { image: [id(4), 0] }),
    [id(6)]: node('PrimitiveStringMultiline', { value: `a photograph of a cat, ${words}` }),
    [id(7)]: node('StringConcatenate', { string_a: [id(6), 0], string_b: 'embedding:style, sharp', delimiter: ', ' }),
    [id(8)]: node('SaveImage', { images: [id(4), 0], filename_prefix: 'bench/picture' }),
    [id(9)]: node('PreviewAny', { source: [id(7), 0] }),
  }
}

function workflow(nodes: number): object {
  const all = Array.from({ length: nodes }, (_, at) => at)
  return {
    id: 'bench',
    nodes: all.map((at) => ({
      id: at,
      type: 'ImageScale',
      pos: [at * 10.5, 3.25],
      size: [315, 262],
      flags: {},
      order: at,
      mode: 0,
      inputs: [{ name: 'image', type: 'IMAGE', link: at }],
      outputs: [{ name: 'IMAGE', type: 'IMAGE', links: [at + 1] }],
      properties: { 'Node name for S&R': 'ImageScale' },
      widgets_values: ['area', 768, 0, 'disabled'],
    })),
    links: all.map((at) => [at, at, 0, at + 1, 0, 'IMAGE']),
    version: 0.4,
  }
}

/** The body of a `POST /prompt`: so many nodes, texts of so many characters, a workflow of so many nodes. */
export function promptBody(nodes: number, characters = 40, workflowNodes = nodes): string {
  const words = 'word '.repeat(Math.ceil(characters / 5))
  const blocks = Array.from({ length: nodes / nodesPerBlock }, (_, at) => block(at, words))
  return JSON.stringify({
    client_id: 'bench',
    prompt: Object.assign({}, ...blocks),
    extra_data: { extra_pnginfo: { workflow: workflow(workflowNodes) } },
  })
}
